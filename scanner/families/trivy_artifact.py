"""What Trivy scanned, named alike in whatever format it wrote: its JSON, SARIF and CycloneDX."""

from urllib.parse import urlsplit

from scanner import assets
from scanner.families.checkouts import folder_name
from scanner.model import Asset
from scanner.normalize.text import first

_NAMELESS = frozenset(("", ".", "./", "..", "../"))
UNRELATED = "cargo"
"""Lock files that name the project without saying that it is one: it is what nothing else depends on."""


def repository_asset(name: str | None, *known: str | None) -> Asset:
    """A folder or repository; ``trivy fs .`` is told apart by what else is ``known`` of it, the surest first.

    A folder of a CI system is named by the repository in it, as the same folder is another one's tomorrow; a temporary one says
    nothing.
    """
    written = (name or "").strip()
    said = "" if written in _NAMELESS else folder_name(written)
    return assets.repository(first(said, *map(_without_credentials, known), "trivy"), origin="trivy")


def _without_credentials(url: str | None) -> str:
    """Remotes of CI checkouts carry a token."""
    text = (url or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.scheme and "@" in parts.netloc else text


def within(target: str, artifact: str, image: str) -> str:
    """A target of a scan: where it is the artifact itself, which may be a file's path, its name."""
    return image if image and artifact and target == artifact else target


def nearest_first(lock_file: str) -> tuple[int, str]:
    """The order in which lock files are asked for the name of their project."""
    return lock_file.count("/"), lock_file
