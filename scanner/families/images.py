"""Container images as assets."""

from collections.abc import Iterable

from scanner.assets import container
from scanner.model import Asset

_ARCHIVES = (".tar", ".tar.gz", ".tgz")
_FOLDERS = ("/", "./", "../", "~/", "file:")
"""No reference of an image begins like a path."""


def image_asset(*references: str | None, digests: Iterable[str] | None = None) -> Asset:
    """The image by the first reference that says anything; the path of an archive counts only where there is nothing better.

    ``digests`` are repository digests (``alpine@sha256:…``); the first becomes the asset's digest.
    """
    given = [reference for reference in references if reference]
    image = next((reference for reference in given if not _is_path(reference)), given[0] if given else "")
    digest = next((text.partition("@")[2] for text in digests or () if "@" in text), "")
    return container(image, repository=image_repository(image), digest=digest)


def _is_path(reference: str) -> bool:
    return reference.endswith(_ARCHIVES) or reference.startswith(_FOLDERS)


def image_repository(reference: str) -> str:
    """``registry:5000/team/app`` of ``registry:5000/team/app:1.4@sha256:…``; empty for a bare image id."""
    name = reference.partition("@")[0]
    if name.startswith("sha256:"):
        return ""
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name
