import pickle

import pytest

from client.errors import (
    ClientError,
    InvalidAnswerError,
    JobFailedError,
    RefusedError,
    ServiceBusyError,
    ServiceUnreachableError,
    UnreadableReportError,
    WaitTimeoutError,
)

SAMPLES: list[ClientError] = [
    ClientError("x"),
    ServiceUnreachableError("http://a", "refused"),
    InvalidAnswerError("http://a", 200, "not JSON", "<html>"),
    RefusedError(400, "bad", "no", {"field": "x"}),
    ServiceBusyError(429, "slow_down", "later", None, 3.5),
    JobFailedError("job-1", "failed", "why"),
    UnreadableReportError("a.json", "Permission denied"),
    WaitTimeoutError("job-1", 3.0),
]


def test_every_error_has_a_sample() -> None:
    def below(kind: type[ClientError]) -> set[type[ClientError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    assert below(ClientError) == {type(sample) for sample in SAMPLES}


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_another_process(error: ClientError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_only_what_can_pass_is_retryable() -> None:
    assert {type(error) for error in SAMPLES if error.retryable} == {ServiceUnreachableError, ServiceBusyError}
