"""Tokens end: by time, by calls, all at once."""

from scanner.phoenix.sandbox.tokens import Tokens


class Clock:
    now = 1_717_500_000.5

    def __call__(self):
        return self.now


def test_a_token_ends_with_its_time():
    clock = Clock()
    tokens = Tokens(clock)
    text, expiry = tokens.issue(seconds=10, calls=None)
    assert expiry == 1_717_500_010
    assert all(tokens.spend(text) for _ in range(100))
    clock.now += 10
    assert not tokens.spend(text)


def test_a_token_ends_with_its_calls():
    tokens = Tokens(Clock())
    first, _ = tokens.issue(seconds=10, calls=2)
    second, _ = tokens.issue(seconds=10, calls=1)
    assert [tokens.spend(first) for _ in range(3)] == [True, True, False]
    assert tokens.spend(second)


def test_only_tokens_that_were_given_are_good():
    tokens = Tokens(Clock())
    text, _ = tokens.issue(seconds=10, calls=None)
    assert not tokens.spend("")
    assert not tokens.spend(text + "x")
    tokens.expire_all()
    assert not tokens.spend(text)
