"""The manual page, made of the commands' own help: ``python -m client.cli.manual > docs/phoenix-scan.1``."""

import re
import sys
from importlib.metadata import version
from typing import Any

import typer

from client.cli.commands import DISTRIBUTION, app
from client.cli.lazy import LazyCommand

_LEFT_OUT = {"help", "install_completion", "show_completion"}


def page() -> str:
    """As man(7) has it."""
    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name="phoenix-scan")
    parts = [
        f'.TH PHOENIX-SCAN 1 "" "{DISTRIBUTION} {version(DISTRIBUTION)}" "User Commands"',
        ".SH NAME",
        "phoenix\\-scan \\- bring security scan reports into the Phoenix Security platform",
        ".SH SYNOPSIS",
        ".B phoenix\\-scan",
        "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]",
        ".SH DESCRIPTION",
        *_text(group.help or ""),
        *_options(group, context, ".SH OPTIONS"),
        ".SH COMMANDS",
    ]
    for name in group.list_commands(context):
        parts += _command(name, group.get_command(context, name), context)
    return "\n".join(parts) + "\n"


def _command(name: str, command: Any, context: Any) -> list[str]:
    if isinstance(command, LazyCommand):
        command = command._load()
    inner = typer.Context(command, info_name=name, parent=context)
    usage = " ".join(command.collect_usage_pieces(inner))
    return [f'.SS "{_escaped(name)} {_escaped(usage)}"', *_text(command.help or ""), *_options(command, inner, ".PP")]


def _options(command: Any, context: Any, heading: str) -> list[str]:
    lines: list[str] = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if parameter.name in _LEFT_OUT or record is None:
            continue
        names, told = record
        lines += [".TP", f"\\fB{_escaped(names)}\\fR", _line(told)]
    return [heading, *lines] if lines else []


def _text(text: str) -> list[str]:
    """Paragraphs; what follows a ``\\b`` keeps its lines."""
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        if paragraph.lstrip().startswith("\b"):
            kept = [line for line in paragraph.split("\n") if line.strip() != "\b"]
            lines += [".PP", ".nf", *map(_line, kept), ".fi"]
        else:
            lines += [".PP", _line(" ".join(paragraph.split()))]
    return lines


def _line(text: str) -> str:
    escaped = _escaped(text.rstrip())
    return f"\\&{escaped}" if re.match(r"[.']", escaped) else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")


if __name__ == "__main__":
    sys.stdout.write(page())
