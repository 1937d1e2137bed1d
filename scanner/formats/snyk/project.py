"""Projects: what Snyk scans, a lock file, an image or a folder of infrastructure code."""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.images import image_asset
from scanner.families.scanned import scanned
from scanner.format import Section
from scanner.formats.snyk.infrastructure import Misconfiguration, misconfiguration_finding
from scanner.formats.snyk.vulnerabilities import Vulnerability, vulnerability_finding
from scanner.model import Asset

_IMAGE = "docker-image|"


class Application(msgspec.Struct, rename="camel"):
    """A project that Snyk found within an image."""

    project_name: str | None = None
    vulnerabilities: list[msgspec.Raw] | None = None


class Project(msgspec.Struct, rename="camel"):
    vulnerabilities: list[msgspec.Raw] | None = None
    infrastructure_as_code_issues: list[msgspec.Raw] | None = None
    applications: list[Application] | None = None
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
    asset = project_asset(project)
    file = project.display_target_file or project.target_file or ""
    yield scanned(asset)
    yield Section(
        project.vulnerabilities or (),
        vulnerability_finding,
        Vulnerability,
        asset=asset,
        context=file,
        place=f"{place}vulnerabilities",
    )
    yield Section(
        project.infrastructure_as_code_issues or (),
        misconfiguration_finding,
        Misconfiguration,
        asset=asset,
        context=file,
        place=f"{place}infrastructureAsCodeIssues",
    )
    yield Section(project.applications or (), _application, place=f"{place}applications")


def project_asset(project: Project) -> Asset:
    """The image, where it is one: ``path`` is then its reference, for some versions followed by the project in it."""
    name, path = project.project_name or "", project.path or ""
    if project.docker is not None or name.startswith(_IMAGE):
        reference = path.removeprefix("docker-archive:").removeprefix("docker-image:")
        return image_asset(reference, name.removeprefix(_IMAGE), "snyk")
    return assets.repository(name or project.display_target_file or "snyk", origin="snyk")


def _application(application: Application, _: None) -> None:
    """Snyk shows it as a project of its own, and so does the scan of its lock file: said, rather than silently left out."""
    if application.vulnerabilities:
        count = len(application.vulnerabilities)
        raise RecordError(f"{count} vulnerabilities of the application {application.project_name} belong to its own project")
