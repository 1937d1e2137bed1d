"""Packages, their versions and what to do about them."""

import re

from packageurl import PackageURL

from scanner.normalize.remembering import answered

_SEPARATOR = re.compile(r"[\s,;|]+")
_FROM = re.compile(r"^(?:>=|~>|\^|~|==?)\s*")
_UP_TO = re.compile(r"(?:^|,)\s*(?:<|!=).*")
_AFTER_OPERATOR = re.compile(r"(?<=[<>=~^!])\s+")


@answered
def versions(text: str | None) -> list[str]:
    """Versions in a text like ``1.2.3, 1.3.0`` or ``>= 1.2, ~> 1.1.4``; an operator stays with its version.

    The list may be others' too: it must not be changed.
    """
    return [version for version in _SEPARATOR.split(_AFTER_OPERATOR.sub("", text or "")) if version]


def patched(requirements: list[str]) -> list[str]:
    """Requirements that a fixed version meets, such as ``>= 1.2.3, < 2`` or ``~> 1.1.4``, as the first versions that do."""
    return [version for each in requirements if (version := _UP_TO.sub("", _FROM.sub("", each.strip())))]


def upgrade(name: str, installed: str, fixed: list[str]) -> str:
    """The remedy of a vulnerable package, in one sentence."""
    if fixed:
        to = fixed[0] if len(fixed) == 1 else " or ".join(fixed)
        return f"Upgrade {name or 'the package'} from {installed or 'the installed version'} to {to}."
    return f"No fixed version of {name or 'the package'}{' ' if installed else ''}{installed} is known yet."


@answered
def parse_purl(text: str) -> tuple[str, str] | None:
    """Name (with its namespace) and version in a package URL; None where it is not one."""
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return None
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    return name, purl.version or ""
