"""Artifact URIs as paths that are the same on any machine, at any place of the checkout.

A URI is relative to its base; of bases (``originalUriBaseIds``) what is relative is part of the path, and what is absolute
is cut off, as it differs from agent to agent. An absolute URI is made relative to the outermost base above it, else to the
folder that the run names (the working directory of an invocation, where its repository is mapped to), else to a checkout
that is known by its path (`below_checkout`), else to what all files that were scanned have in common, where the run lists
these (`common_root`). What no such root is above stays as it is: paths in images, system headers, and what nobody can tell
the root of. What the results have in common is no root: it would be another one when a finding comes or goes.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

import msgspec

from scanner.families.checkouts import below_checkout, common_root
from scanner.families.sarif.model import Artifact, ArtifactLocation

_FILE_URI = re.compile(r"file:(?:/*(?=[A-Za-z]:)|/+(?=/)|(?=/)|/*)", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")
_ABSOLUTE = re.compile(rb'"uri"\s*:\s*"(file:[^"\\]*|[A-Za-z]:[\\/][^"]*)"', re.IGNORECASE)
_ROOT_NAMES = re.compile(r"ROOT|DIR|PWD|WORK|BASE|HOME|SRC|SOURCE|REPO|PROJECT|CHECKOUT", re.IGNORECASE)
_TARGET = "analysisTarget"
"""The role of what was scanned, whether or not anything was found in it."""
_MOST_KNOWN = 16_384
_DEEPEST = 20
"""Bases of bases that are followed; a hostile log may have a circle."""


@dataclass(frozen=True, slots=True)
class Paths:
    prefixes: Mapping[str, str]
    """By id of a base, what it adds to relative URIs."""
    roots: tuple[str, ...]
    """Folders that are cut off absolute paths, in the order in which they are tried."""
    common: str = ""
    artifacts: tuple[str, ...] = ()
    """The run's, to which locations refer by index."""
    in_image: bool = False
    """Absolute paths are those of an image's own files, wherever it is: they are no checkout's."""
    known: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def of(self, location: ArtifactLocation) -> str:
        uri = location.uri
        if uri is None:
            index = location.index
            return self.artifacts[index] if index is not None and 0 <= index < len(self.artifacts) else ""
        base = location.uri_base_id
        is_clean = ":" not in uri and "%" not in uri and "\\" not in uri and "./" not in uri and "//" not in uri
        if is_clean and not uri.startswith("/") and (base is None or base not in self.prefixes):  # as nearly always
            return uri
        key = uri, base
        path = self.known.get(key)
        if path is None:
            path = self._path(*key)
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            self.known[key] = path
        return path

    def _path(self, uri: str, base: str | None) -> str:
        text = _plain(uri)
        if _is_absolute(text):
            return self._below_root(text)
        if "://" in text:
            return next((text[len(root) :] for root in self.roots if text.startswith(root)), text)
        return _cleaned(self.prefixes.get(base or "", "") + text)

    def _below_root(self, path: str) -> str:
        path = _cleaned(path)
        for root in self.roots:
            if path.startswith(root):
                return path[len(root) :]
        if self.in_image:
            return path
        below = below_checkout(path)
        return below.removeprefix(self.common) if below is path and self.common else below


def run_paths(
    bases: Mapping[str, ArtifactLocation] | None,
    working_directories: Iterable[ArtifactLocation | None],
    artifacts: Sequence[Artifact] | None,
    results: Sequence[msgspec.Raw],
    *,
    lists_scanned: bool = False,
    in_image: bool = False,
) -> Paths:
    """What `Paths` needs to know of a run, however it is cut into parts later.

    ``working_directories`` are folders that the run names; ``lists_scanned`` says that ``artifacts`` are known to be all files
    that were scanned, which others show by their roles or by more files than have results.
    """
    resolved = {id_: _resolved(id_, bases) for id_ in bases} if bases else {}
    absolute = {id_: uri for id_, uri in resolved.items() if _is_absolute(uri) or "://" in uri}
    roots = sorted({uri for uri in absolute.values() if uri != "/"}, key=len)
    directories = [_folder(_plain(each.uri)) for each in working_directories if each is not None and each.uri]
    roots += [folder for folder in directories if _is_absolute(folder) and folder != "/" and folder not in roots]
    prefixes = {id_: prefix for id_ in resolved if (prefix := _prefix(id_, resolved, bases or {}))}
    scanned = _scanned(artifacts or (), results, lists_scanned=lists_scanned)
    unknown = {path for path in scanned if not path.startswith(tuple(roots))}
    common = common_root([path for path in unknown if below_checkout(path) is path])
    paths = Paths(prefixes, tuple(roots), common, in_image=in_image)
    listed = tuple(paths.of(artifact.location) if artifact.location else "" for artifact in artifacts or ())
    return Paths(prefixes, tuple(roots), common, listed, in_image)


def _prefix(id_: str, resolved: Mapping[str, str], bases: Mapping[str, ArtifactLocation]) -> str:
    """What tells files of this base from those of others: what is relative of it, or below another one."""
    uri = resolved[id_]
    if not uri:
        unknown = [other for other in resolved if not resolved[other] and not bases[other].uri]
        return f"{id_}/" if len(unknown) > 1 and not _ROOT_NAMES.search(id_) else ""
    if not (_is_absolute(uri) or "://" in uri):
        return uri
    above = [other for other in resolved.values() if other and other != uri and other != "/" and uri.startswith(other)]
    if above:
        return uri[len(min(above, key=len)) :]
    parent, name = posixpath.split(uri.rstrip("/"))
    beside = [other for other in resolved.values() if other != uri and posixpath.dirname(other.rstrip("/")) == parent != "/"]
    return f"{name}/" if beside else _apart(id_, resolved)


def _apart(id_: str, resolved: Mapping[str, str]) -> str:
    """Of bases that have nothing to do with each other all but the source's own are told by their ids."""
    absolute = {other: uri for other, uri in resolved.items() if _is_absolute(uri) and uri != "/"}
    folders = set(absolute.values())
    tops = [other for other, uri in absolute.items() if not any(uri.startswith(above) for above in folders - {uri})]
    if len({resolved[other] for other in tops}) < 2:
        return ""
    own = min(tops, key=lambda other: (_ROOT_NAMES.search(other) is None, other))
    return "" if resolved[id_] == resolved[own] else f"{id_}/"


def _resolved(id_: str, bases: Mapping[str, ArtifactLocation] | None) -> str:
    """A base as one folder, with those that it is relative to; absolute where one of them is."""
    parts: list[str] = []
    at: str | None = id_
    for _ in range(_DEEPEST):
        base = bases.get(at) if bases and at else None
        if base is None:
            break
        folder = _folder(_plain(base.uri or ""))
        parts.append(folder)
        if _is_absolute(folder) or "://" in folder:
            break
        at = base.uri_base_id
    return "".join(reversed(parts))


def _folder(text: str) -> str:
    return text if not text or text.endswith("/") else f"{text}/"


def _plain(uri: str) -> str:
    """Without the scheme of files, and unescaped; URLs of other schemes as they are."""
    text = _FILE_URI.sub("", uri, count=1) if uri[:5].lower() == "file:" else uri
    if "://" in text:
        return text
    text = unquote(text) if "%" in text else text
    return text.replace("\\", "/") if "\\" in text else text


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or _DRIVE.match(path) is not None


def _cleaned(path: str) -> str:
    """Without ``./`` and ``..`` in it."""
    if "./" not in path and "//" not in path and not path.endswith("/."):
        return path
    return posixpath.normpath(path)


def _scanned(artifacts: Sequence[Artifact], results: Sequence[msgspec.Raw], *, lists_scanned: bool) -> set[str]:
    """The absolute files that were scanned; none where those that are listed may be those with results."""
    targets = [artifact for artifact in artifacts if _TARGET in (artifact.roles or ())]
    listed = _absolute(artifact.location.uri for artifact in targets or artifacts if artifact.location)
    if not listed or targets or lists_scanned:
        return listed
    found = _absolute(uri.decode("utf-8", "replace") for result in results for uri in _ABSOLUTE.findall(memoryview(result)))
    return listed if found < listed and (found or not results) else set()


def _absolute(uris: Iterable[str | None]) -> set[str]:
    return {_cleaned(path) for uri in uris if uri and _is_absolute(path := _plain(uri)) and _is_file(uri)}


def _is_file(uri: str) -> bool:
    """Of a path without a scheme nobody knows what it is relative to: tools write ``/infra/main.tf`` for the repository's."""
    return uri[:5].lower() == "file:" or _DRIVE.match(uri) is not None
