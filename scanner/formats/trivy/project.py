"""The name of a project in the packages that Trivy lists: all that ``trivy fs .`` knows of where it was."""

from collections.abc import Iterable

import msgspec

from scanner.families.trivy_artifact import UNRELATED, nearest_first
from scanner.formats.trivy.result import Result
from scanner.normalize import passing
from scanner.normalize.lists import Texts, texts
from scanner.shapes.json.reading import decoder


class Listed(msgspec.Struct, rename="pascal", gc=False):
    id: str | None = msgspec.field(name="ID", default=None)
    name: str | None = None
    relationship: str | None = None
    depends_on: Texts = None


def project_name(results: Iterable[Result]) -> str:
    """Of the lock file nearest to the root of the scan, the first by name of these; empty where none names its project."""
    listed = [(result, packages) for result in results if (packages := _listed(result.packages))]
    listed.sort(key=lambda each: nearest_first(each[0].target or ""))
    return next((name for _, packages in listed if (name := _root(packages))), "") or _top(listed)


def _root(packages: list[Listed]) -> str:
    return min((package.name for package in packages if package.relationship == "root" and package.name), default="")


def _top(listed: list[tuple[Result, list[Listed]]]) -> str:
    """Of a scan of one such lock file alone: beside others it may be that of a part."""
    if len(listed) != 1 or listed[0][0].type != UNRELATED:
        return ""
    packages = listed[0][1]
    needed = {id_ for package in packages for id_ in texts(package.depends_on)}
    tops = [package.name for package in packages if texts(package.depends_on) and package.id not in needed and package.name]
    return tops[0] if len(tops) == 1 else ""


def _listed(packages: msgspec.Raw) -> list[Listed]:
    """A list that cannot be read names nothing; its vulnerabilities are listed elsewhere."""
    if packages is passing.ABSENT:
        return []
    try:
        return decoder(list[Listed] | None).decode(packages) or []
    except msgspec.ValidationError:
        return []
