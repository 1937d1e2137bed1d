"""Refusals say what is allowed and what was sent, and quote no text that may be a secret."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from scanner.model import ImportType
from serve_app.schemas.wrong_values import problem_of, problems_of

SECRET = "a-secret-of-somebody"


class Inner(BaseModel):
    number: int


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: ImportType = ImportType.NEW
    word: Literal["up", "down"] = "up"
    number: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[float, Field(gt=0)] = 1.0
    truth: bool = True
    text: Annotated[str, Field(max_length=5, pattern="^[a-z]*$")] = ""
    some: Annotated[list[str], Field(max_length=2)] = []
    inner: Inner | None = None
    own: str = ""

    @field_validator("own")
    @classmethod
    def _ours(cls, value: str) -> str:
        if value:
            raise ValueError("is said in words of ours")
        return value


def problems(**sent: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate(sent)
    return problems_of(refused.value.errors())


@pytest.mark.parametrize(
    ("field", "sent", "said"),
    [
        ("kind", "newest", "must be 'new', 'merge' or 'delta', and is 'newest'"),
        ("word", 7, "must be 'up' or 'down', and is 7"),
        ("number", "many", "must be a whole number, and is 'many'"),
        ("number", 2.5, "must be a whole number, and is 2.5"),
        ("number", 0, "must be at least 1, and is 0"),
        ("number", 10, "must be at most 9, and is 10"),
        ("number", None, "must be a whole number, and is null"),
        ("number", [SECRET], "must be a whole number, and is a list"),
        ("share", 0, "must be more than 0.0, and is 0"),
        ("truth", "perhaps", "must be true or false, and is 'perhaps'"),
        ("text", 5, "must be a text"),
        ("text", SECRET, "must have at most 5 characters, and has 20"),
        ("text", "A", "has characters that are not taken here"),
        ("some", SECRET, "must be a list"),
        ("some", [SECRET] * 3, "must have at most 2 entries, and has 3"),
        ("inner", SECRET, "must be an object"),
        ("own", SECRET, "is said in words of ours"),
        ("unknown", SECRET, "is not known here"),
    ],
)
def test_each_says_what_is_allowed(field: str, sent: object, said: str) -> None:
    assert problems(**{field: sent}) == {field: said}


def test_what_is_quoted_is_short_and_harmless() -> None:
    assert len(problems(kind="x" * 10_000)["kind"]) < 100
    assert problems(kind="a\nb\u202e")["kind"].endswith(r"is 'a\nb\u202e'")


def test_places_within_are_named_and_what_is_missing() -> None:
    assert problems(inner={}) == {"inner.number": "is missing"}


def test_an_error_that_has_no_words_here_keeps_its_own() -> None:
    assert problem_of({"type": "of_tomorrow", "msg": "Input should be otherwise", "loc": ()}) == "Input should be otherwise"
