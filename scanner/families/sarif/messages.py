"""Messages of results: their texts, or templates of their rules filled in."""

import re

from scanner.families.sarif.model import Message, text_of
from scanner.families.sarif.rules import Rule

_LINK = re.compile(r"\[([^\[\]]+)\]\(\d+\)")
"""Messages refer to related locations by number, which say nothing outside the log."""
_PLACEHOLDER = re.compile(r"\{(\d{1,4})\}|(\{\{|\}\})")


def message_text(message: Message | str | None, rule: Rule) -> str:
    text = text_of(message)
    if isinstance(message, Message):
        text = text or rule.messages.get(message.id or "default", "")
        if message.arguments or not message.text:  # a text without arguments is none to be filled in: tools quote code
            text = _filled(text, message.arguments or [])
    return _LINK.sub(r"\1", text) if "]" in text and "](" in text else text  # one character is found ten times as fast


def _filled(text: str, arguments: list[object]) -> str:
    """With the arguments in place of their numbers; braces that are meant are written twice."""

    def argument(placeholder: re.Match[str]) -> str:
        if placeholder[2]:
            return placeholder[2][0]
        number = int(placeholder[1])
        return str(arguments[number]) if number < len(arguments) else ""

    return _PLACEHOLDER.sub(argument, text)
