"""Commands that are imported when they run, and described without being imported."""

import importlib
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from client.cli.exits import ExitCode
from client.cli.http import quick_httpx

SERVICE_EXTRA = "pip install 'phoenix-scanner[service]'"


class LazyCommand(TyperCommand):
    """Stands in the list of commands for the function at ``target``, written ``module:function``."""

    def __init__(self, name: str, target: str, *, panel: str) -> None:
        super().__init__(name, rich_help_panel=panel)
        self._target = target

    def describe(self) -> None:
        """Takes the help for the list of commands out of the source, so that it costs no import and needs no dependency."""
        if self.help is None:
            self.help = docstring(self._target)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of the real command: it takes over from here, with its own options and its own help."""
        try:
            command = self._load()
        except ImportError as error:
            if extra.get("resilient_parsing"):  # the shell asks for completions: none is an answer, a message is not
                return super().make_context(info_name, args, parent, **extra)
            from rich.text import Text

            from client.cli.console import err

            err.print(Text.assemble(("error: ", "bold red"), explain(self.name or "", error)), soft_wrap=True)
            raise typer.Exit(ExitCode.USAGE) from error
        return command.make_context(info_name, args, parent, **extra)

    def _load(self) -> Any:
        from client.cli.edge import EdgeCommand  # with the command that runs: the list of commands is to be fast

        module, _, function = self._target.partition(":")
        with quick_httpx():
            callback = getattr(importlib.import_module(module), function)
        single = typer.Typer(
            add_completion=False, rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]}
        )
        single.command(self.name, cls=EdgeCommand)(callback)
        return typer.main.get_command(single)


def explain(name: str, error: ImportError) -> str:
    """What to do when a command's module cannot be imported."""
    missing = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and missing and find_spec(missing) is None:
        return f"`{name}` needs {missing}, which is not installed: {SERVICE_EXTRA}"
    return f"`{name}` cannot be loaded: {error}"


def docstring(target: str) -> str:
    """The docstring of ``module:function``, read from the module's file; empty when there is none to be found."""
    module, _, function = target.partition(":")
    import ast

    source = _source_of(module)
    if source is None:
        return ""
    for node in ast.parse(source.read_bytes()).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == function:
            return ast.get_docstring(node) or ""
    return ""


def _source_of(module: str) -> Path | None:
    """Unlike ``find_spec("a.b")`` this does not import ``a``."""
    package, *inner = module.split(".")
    spec: ModuleSpec | None = find_spec(package)
    for name in inner:
        if spec is None or spec.submodule_search_locations is None:
            return None
        spec = PathFinder.find_spec(f"{spec.name}.{name}", list(spec.submodule_search_locations))
    return Path(spec.origin) if spec and spec.origin and spec.has_location else None
