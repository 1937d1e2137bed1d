"""Runs and their results."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from scanner import assets
from scanner.families.sarif.locations import artifact_paths, base_uris, place
from scanner.families.sarif.model import Location, Log, Message, Result, Run, Suppression, Taxonomy, text_of
from scanner.families.sarif.packages import packages_in
from scanner.families.sarif.rules import Rule, RuleBook, by_level, rule_book
from scanner.families.sarif.taxonomies import weaknesses
from scanner.format import Section
from scanner.model import Asset, Finding, Located, Package, Tag
from scanner.normalize import passing
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import severity
from scanner.normalize.text import joined
from scanner.normalize.urls import site

_NOWHERE = [Location()]
_NO_FINDING = frozenset(("pass", "notApplicable", "informational"))
_LINK = re.compile(r"\[([^\[\]]+)\]\(\d+\)")
"""Messages refer to related locations by number, which say nothing outside the log."""
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_WHEREABOUTS_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all results of a run need."""

    tool: str
    asset: Asset
    rules: RuleBook
    artifacts: tuple[str, ...]
    bases: tuple[str, ...]
    taxonomies: tuple[Taxonomy, ...]
    is_dynamic: bool
    """The run tests something else than a known repository or image, so that web addresses among its locations are targets."""


def sections(log: Log) -> Iterator[Section]:
    """One section per run. ``inlineExternalProperties`` and files that a log refers to are not read."""
    for number, run in enumerate(log.runs or ()):
        context = _context(run)
        yield Section(
            run.results or (), findings, Result, asset=context.asset, context=context, place=f"runs[{number}].results"
        )


def _context(run: Run) -> RunContext:
    tool = (run.tool.driver.name if run.tool and run.tool.driver else None) or "SARIF"
    taxonomies = tuple(run.taxonomies or ())
    bases = base_uris(run.original_uri_base_ids)
    repository = next((vcs.repository_uri for vcs in run.version_control_provenance or () if vcs.repository_uri), "")
    image = (run.properties.image_name if run.properties else None) or ""
    if image:
        asset = assets.container(image, origin=tool)
    elif repository:
        asset = assets.repository(repository, origin=tool)
    else:
        asset = assets.code(tool, origin=tool)
    return RunContext(
        tool=tool,
        asset=asset,
        rules=rule_book(run.tool, tool, taxonomies),
        artifacts=artifact_paths(run.artifacts, bases),
        bases=bases,
        taxonomies=taxonomies,
        is_dynamic=not (image or repository),
    )


def findings(result: Result, run: RunContext) -> Finding | Located | list[Finding | Located] | None:
    """One finding per location; none for a check that passed or a result that the tool's baseline says is gone."""
    if result.kind in _NO_FINDING or result.baseline_state == "absent":
        return None
    rule = run.rules.find(result)
    message = _message(result.message, rule)
    finding = _finding(result, rule, message, run)
    locations = result.locations or _NOWHERE
    if len(locations) == 1:
        return _located(finding, message, locations[0], run)
    return [_located(replace(finding), message, location, run) for location in locations]


def _located(finding: Finding, message: str, location: Location, run: RunContext) -> Finding | Located:
    """The finding of a result at one of its locations."""
    where = place(location, run.artifacts, run.bases)
    text = where.text or message[:_WHEREABOUTS_CHARACTERS]
    finding.location = f"{finding.packages[0].name}@{finding.packages[0].version} ({text})" if finding.packages else text
    if where.symbol or where.snippet:
        finding.details = replace(finding.details, function=where.symbol, evidence=where.snippet)
    target = site(where.path) if run.is_dynamic and where.path.startswith(("http://", "https://")) else ""
    return Located(assets.web(target), finding) if target else finding


def _finding(result: Result, rule: Rule, message: str, run: RunContext) -> Finding:
    """What the findings at all locations of a result have in common."""
    finding = replace(rule.finding, description=passing.paragraphs(message, rule.description), severity=_severity(result, rule))
    if not finding.name:
        finding.name = message.partition("\n")[0][:_WHEREABOUTS_CHARACTERS] or run.tool
    if packages := packages_in(message):
        finding.packages = packages
    if (result.fixes or finding.packages) and (remedy := _own_remedy(result, finding.packages)):
        finding.remedy = remedy
    elif message == rule.help:
        finding.remedy = ""
    if result.properties is not None or result.taxa:
        own = weaknesses(result.properties, result.taxa or (), run.taxonomies)
        finding.cwes = list(dict.fromkeys((*finding.cwes, *own)))
    if result.suppressions:
        _suppress(finding, result.suppressions)
    return finding


def _own_remedy(result: Result, packages: list[Package]) -> str:
    fixes = [text_of(fix.description) for fix in result.fixes] if result.fixes else []
    if packages and not any(fixes):
        return upgrade(packages[0].name, packages[0].version, packages[0].fix_versions)
    return joined(*fixes) if fixes else ""


def _severity(result: Result, rule: Rule) -> float:
    """The security severity, else the result's level, else that of its rule."""
    bag = result.properties
    if bag is not None and bag.security_severity is not None:
        if written := str(bag.security_severity):
            return severity(written)
    elif rule.is_scored:
        return rule.finding.severity
    return by_level(result.level) if result.level else rule.level


def _suppress(finding: Finding, suppressions: list[Suppression]) -> None:
    """A suppression is somebody's decision: one that is under review or was rejected is only told of."""
    if any(suppression.status in (None, "accepted") for suppression in suppressions):
        finding.tags = [Tag("suppressed")]
    reasons = [suppression.justification for suppression in suppressions if suppression.justification]
    finding.details = replace(finding.details, suppression="; ".join(reasons))


def _message(message: Message | str | None, rule: Rule) -> str:
    text = text_of(message)
    if isinstance(message, Message):
        text = text or rule.messages.get(message.id or "default", "")
        if message.arguments:
            text = _filled(text, message.arguments)
    return _LINK.sub(r"\1", text) if "]" in text and "](" in text else text  # one character is found ten times as fast


def _filled(text: str, arguments: list[object]) -> str:
    def argument(placeholder: re.Match[str]) -> str:
        number = int(placeholder[1])
        return str(arguments[number]) if number < len(arguments) else ""

    return _PLACEHOLDER.sub(argument, text)
