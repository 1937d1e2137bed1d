"""What all results of a run need: its asset, rules, paths, and what was said before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from scanner import assets
from scanner.families.checkouts import checkout_name
from scanner.families.images import image_asset
from scanner.families.sarif import trivy
from scanner.families.sarif.dialects import Dialect, dialect
from scanner.families.sarif.model import Result, Run, RunProperties, Taxonomy
from scanner.families.sarif.paths import Paths, run_paths
from scanner.families.sarif.rules import RuleBook, rule_book
from scanner.families.trivy_artifact import repository_asset
from scanner.model import Asset, Finding
from scanner.normalize.dismissal import Dismissal


class Known(msgspec.Struct, frozen=True):
    result: Result
    """Without locations."""
    finding: Finding | None
    message: str
    """Its beginning, for results that name no place."""
    subject: str = ""
    """What the message is about, for results that name no place in their file."""
    target: str = ""
    """What Trivy calls the file."""
    kind: str = ""
    """The name of the rule."""
    reason: Dismissal | None = None
    note: str = ""
    says_more: bool = False
    """The place is not all that tells its findings apart."""
    is_secret: bool = False
    """The code that it is about is one."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all results of a run need."""

    tool: str
    asset: Asset
    dialect: Dialect
    rules: RuleBook
    paths: Paths
    taxonomies: tuple[Taxonomy, ...]
    overrides: tuple[Mapping[str, str], ...]
    """By invocation, the levels of rules that it was called with, by the rule's id."""
    image: str
    """What the run calls its image."""
    is_dynamic: bool
    """The run tests something else than a known repository or image, so that web addresses among its locations are targets."""
    known: dict[object, Known] = field(default_factory=dict)
    """By rule id, the last result of the rule."""


def run_context(run: Run) -> RunContext:
    tool = (run.tool.driver.name if run.tool and run.tool.driver else None) or "SARIF"
    taxonomies = tuple(run.taxonomies or ())
    repository = next((vcs.repository_uri for vcs in run.version_control_provenance or () if vcs.repository_uri), "")
    image = (run.properties.image_name if run.properties else None) or ""
    own, rules = dialect(tool), rule_book(run.tool, tool, taxonomies)
    folders = [
        *(invocation.working_directory for invocation in run.invocations or ()),
        *(vcs.mapped_to for vcs in run.version_control_provenance or ()),
    ]
    paths = run_paths(
        run.original_uri_base_ids,
        folders,
        run.artifacts,
        run.results or (),
        lists_scanned=own.lists_scanned,
        in_image=bool(image),
    )
    return RunContext(
        tool=tool,
        asset=_asset(tool, own, repository, run.properties, paths.roots),
        dialect=own,
        rules=rules,
        paths=paths,
        taxonomies=taxonomies,
        overrides=_overrides(run, rules),
        image=image,
        is_dynamic=not (image or repository),
    )


def _asset(tool: str, own: Dialect, repository: str, properties: RunProperties | None, roots: tuple[str, ...]) -> Asset:
    """The image or repository that the run names; else, as in the tool's own format, or its findings are the tool's.

    Trivy's log names no folder, but the base of its paths is the one that was scanned.
    """
    if properties is not None and properties.image_name:
        digests = properties.repo_digests or []
        return image_asset(properties.image_name, *(properties.repo_tags or ()), *digests, digests=digests)
    if tool.casefold() == trivy.TOOL:
        return repository_asset("", repository, *map(checkout_name, roots))
    if repository:
        return assets.repository(repository, origin=tool)
    return own.asset or assets.code(tool, origin=tool)


def _overrides(run: Run, rules: RuleBook) -> tuple[Mapping[str, str], ...]:
    """Empty where no invocation changes the level of a rule, as nearly always."""
    invocations = run.invocations or []
    levels: list[dict[str, str]] = [
        {
            rules.find(Result(rule=override.descriptor)).id: override.configuration.level
            for override in invocation.rule_configuration_overrides or ()
            if override.descriptor and override.configuration and override.configuration.level
        }
        for invocation in invocations
    ]
    return tuple(levels) if any(levels) else ()
