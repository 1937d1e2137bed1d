"""Every error of every package arrives on the other side of a process border as what it was."""

import inspect
import pickle
from importlib import import_module

import pytest

from scanner.phoenix.sandbox.refusal import Refusal

PACKAGES = ("cluster.errors", "jobs_store.errors", "scanner.errors", "scanner.phoenix.errors", "scanner.phoenix.sandbox.errors")


def classes() -> list[type[Exception]]:
    modules = [import_module(name) for name in PACKAGES]
    return [
        member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Exception) and member.__module__ == module.__name__
    ]


def sample(error_class: type[Exception]) -> Exception:
    """One with an argument of the right kind for every parameter of its constructor."""
    values: dict[object, object] = {
        str: "some text",
        int: 3,
        float: 2.5,
        bool: True,
        float | None: 1.5,
        list[str]: ["a", "b"],
        tuple[str, ...]: ("a", "b"),
        tuple[int, ...]: (1, 2),
        tuple[Refusal, ...]: (Refusal("$.assets", "it is empty"),),
    }
    if error_class.__init__ is Exception.__init__:
        return error_class("some text")
    parameters = list(inspect.signature(error_class.__init__, eval_str=True).parameters.values())[1:]
    if any(parameter.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD for parameter in parameters):
        return error_class("some text")
    return error_class(*(values[parameter.annotation] for parameter in parameters))


@pytest.mark.parametrize("error_class", classes(), ids=lambda error_class: error_class.__name__)
def test_pickles_with_class_arguments_and_text(error_class: type[Exception]) -> None:
    error = sample(error_class)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is error_class
    assert (copy.args, vars(copy)) == (error.args, vars(error))
    assert str(copy) == str(error) != ""
    assert isinstance(copy.retryable, bool)
