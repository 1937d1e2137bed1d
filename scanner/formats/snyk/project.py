"""Projects: what Snyk scans, a lock file, an image or a folder of infrastructure code."""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.images import image_asset
from scanner.families.scanned import failed, scanned
from scanner.format import Section
from scanner.formats.snyk.infrastructure import Misconfiguration, misconfiguration_finding
from scanner.formats.snyk.vulnerabilities import (
    Vulnerability,
    ignored_vulnerability,
    patched_vulnerability,
    vulnerability_finding,
)
from scanner.model import Asset

_IMAGE = "docker-image|"


class Filtered(msgspec.Struct):
    """What a policy (``.snyk``, or the organisation's) has put aside."""

    ignore: list[msgspec.Raw] | None = None
    patch: list[msgspec.Raw] | None = None


class Project(msgspec.Struct, rename="camel"):
    vulnerabilities: list[msgspec.Raw] | None = None
    infrastructure_as_code_issues: list[msgspec.Raw] | None = None
    filtered: Filtered | None = None
    applications: "list[Project] | None" = None
    """Projects that Snyk found within an image."""
    ok: bool | None = None
    error: str | None = None
    """Instead of all else, where the project could not be tested."""
    project_name: str | None = None
    target_file: str | None = None
    display_target_file: str | None = None
    path: str | None = None
    docker: dict[str, msgspec.Raw] | None = None


def one_project(project: Project) -> Iterator[Section]:
    return _project_sections(project, "")


def several_projects(projects: list[Project]) -> Iterator[Section]:
    for index, project in enumerate(projects):
        yield from _project_sections(project, f"[{index}].")


def _project_sections(project: Project, place: str) -> Iterator[Section]:
    """A project that could not be tested has an error instead of all else."""
    if project.error:
        where = project.display_target_file or project.target_file or project.project_name or project.path
        yield failed(f"{where}: {project.error}" if where else project.error, place.rstrip(".") or "error")
    if project.error and not project.vulnerabilities and not project.infrastructure_as_code_issues:
        return
    asset = project_asset(project)
    yield scanned(asset)
    yield from _issue_sections(project, asset, place)
    several = len(project.applications or ()) > 1
    for index, application in enumerate(project.applications or ()):
        # the only one is told by the image; its path says no more
        yield from _issue_sections(application, asset, f"{place}applications[{index}].", file=None if several else "")


def _issue_sections(project: Project, asset: Asset, place: str, file: str | None = None) -> Iterator[Section]:
    file = project.display_target_file or project.target_file or "" if file is None else file
    filtered = project.filtered or Filtered()
    for records, translate, what in (
        (project.vulnerabilities, vulnerability_finding, "vulnerabilities"),
        (filtered.ignore, ignored_vulnerability, "filtered.ignore"),
        (filtered.patch, patched_vulnerability, "filtered.patch"),
    ):
        yield Section(records or (), translate, Vulnerability, asset=asset, context=file, place=f"{place}{what}")
    yield Section(
        project.infrastructure_as_code_issues or (),
        misconfiguration_finding,
        Misconfiguration,
        asset=asset,
        context=file,
        place=f"{place}infrastructureAsCodeIssues",
    )


def project_asset(project: Project) -> Asset:
    """The image, where it is one: ``path`` is then its reference, for some versions followed by the project in it."""
    name, path = project.project_name or "", project.path or ""
    if project.docker is not None or name.startswith(_IMAGE):
        reference = path.removeprefix("docker-archive:").removeprefix("docker-image:")
        image = name.removeprefix(_IMAGE)
        if image and reference.startswith(f"{image}:"):
            reference = f"{image}:{reference[len(image) + 1 :].partition('/')[0]}"
        return image_asset(reference, image, "snyk")
    return assets.repository(name or project.display_target_file or "snyk", origin="snyk")
