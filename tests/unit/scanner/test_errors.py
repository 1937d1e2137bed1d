"""Errors cross process borders."""

import pickle

import pytest

from scanner import errors

EXAMPLES = (
    errors.UnknownFormatError("x.json", ("trivy",), "JSON with a"),
    errors.AmbiguousFormatError("x.json", ("a", "b")),
    errors.MalformedReportError("truncated", "line 3"),
    errors.LimitExceededError("members", 3, 4),
    errors.RecordError("no name"),
)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_error_survives_pickling(error: errors.ScannerError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.args, str(again), vars(again)) == (type(error), error.args, str(error), vars(error))


def test_every_error_of_the_module_is_among_the_examples() -> None:
    here = {kind for kind in errors.ScannerError.__subclasses__() if kind.__module__ == errors.__name__}
    assert here == {type(error) for error in EXAMPLES}
