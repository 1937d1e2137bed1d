"""Errors of Phoenix cross process borders as they are."""

import inspect
import pickle

import pytest

from scanner.errors import ScannerError
from scanner.phoenix import errors

SAMPLES = [
    errors.PhoenixUnavailableError("busy", 429, 3.0, True),
    errors.PhoenixAuthError("no"),
    errors.UnexpectedAnswerError("html", 200),
    errors.PayloadTooLargeError("finding A", 7),
    errors.ImportRefusedError("bad"),
    errors.ImportRejectedError("r1", "bad"),
    errors.ImportTimeoutError("r1", 60.0),
    errors.GivenUpError("late"),
]


def test_every_error_has_a_sample():
    leaves = {c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.PhoenixError)}
    assert leaves - {errors.PhoenixError} == {type(sample) for sample in SAMPLES}


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error):
    again = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert isinstance(again, ScannerError)
    assert vars(again) == vars(error)
    assert str(again) == str(error) != ""


def test_only_an_unavailable_phoenix_is_worth_another_try():
    assert {type(error) for error in SAMPLES if error.retryable} == {errors.PhoenixUnavailableError}
