"""The description of a rule, HTML under headings that are the same for all rules."""

import re

from scanner.formats.sonarqube.issue import RuleText
from scanner.normalize.details import excerpt
from scanner.normalize.identifiers import cwes
from scanner.normalize.text import joined, plain

_HEADING_TAG = re.compile(r"</?h[1-4]\b[^<>]*>", re.IGNORECASE)
_ADVICE = (
    "Recommended Secure Coding Practices",
    "How to fix it",
    "How can I fix it",
    "Compliant Solution",
    "Compliant solution",
)


def rule_text(html: str, name: str = "") -> RuleText:
    introduction, *rest = _HEADING_TAG.split(html)
    chapters = dict(zip(map(plain, rest[::2]), rest[1::2], strict=False))
    advice = joined(*(plain(chapters.get(heading)) for heading in _ADVICE))
    return RuleText(name, excerpt(plain(introduction)), excerpt(advice), tuple(cwes([html])))
