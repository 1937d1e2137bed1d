"""The name of a project in the packages that Trivy lists: all that ``trivy fs .`` knows of where it was."""

from collections.abc import Iterable

import msgspec

from scanner.formats.trivy.result import Result
from scanner.normalize import passing
from scanner.normalize.lists import Texts, texts
from scanner.shapes.json.reading import decoder

_UNRELATED = "cargo"
"""Lock files that name the project without saying that it is one: it is what nothing else depends on."""


class Listed(msgspec.Struct, rename="pascal", gc=False):
    id: str | None = msgspec.field(name="ID", default=None)
    name: str | None = None
    relationship: str | None = None
    depends_on: Texts = None


def project_name(results: Iterable[Result]) -> str:
    """Of the lock file nearest to the root of the scan, the first by name of these; empty where none names its project."""
    ordered = sorted(results, key=lambda result: ((result.target or "").count("/"), result.target or ""))
    return next((name for result in ordered if (name := _project(result))), "")


def _project(result: Result) -> str:
    listed = _listed(result.packages)
    roots = sorted(package.name for package in listed if package.relationship == "root" and package.name)
    if roots or result.type != _UNRELATED:
        return roots[0] if roots else ""
    needed = {id_ for package in listed for id_ in texts(package.depends_on)}
    tops = [package.name for package in listed if texts(package.depends_on) and package.id not in needed and package.name]
    return tops[0] if len(tops) == 1 else ""


def _listed(packages: msgspec.Raw) -> list[Listed]:
    """A list that cannot be read names nothing; its vulnerabilities are listed elsewhere."""
    if packages is passing.ABSENT:
        return []
    try:
        return decoder(list[Listed] | None).decode(packages) or []
    except msgspec.ValidationError:
        return []
