"""Runs and their results."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from scanner import assets
from scanner.families.sarif.locations import artifact_paths, base_uris, place
from scanner.families.sarif.model import (
    Location,
    Log,
    Message,
    Result,
    Run,
    Suppression,
    Taxonomy,
    message_of,
    text_of,
)
from scanner.families.sarif.packages import packages_in
from scanner.families.sarif.rules import Rule, RuleBook, by_level, rule_book
from scanner.families.sarif.taxonomies import weaknesses
from scanner.format import Section
from scanner.model import Asset, Finding, Located, Occurrence, Package, Tag
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
_MOST_KNOWN = 4096


class Known(msgspec.Struct, frozen=True):
    result: Result
    """Without locations."""
    finding: Finding | None
    message: str
    """Its beginning, for results that name no place."""


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
    known: dict[object, Known] = field(default_factory=dict)
    """By rule id, the last result of the rule."""


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


def findings(result: Result, run: RunContext) -> Finding | Occurrence | Located | list[Finding | Occurrence | Located] | None:
    """One finding per location; none for a check that passed or a result that the tool's baseline says is gone."""
    locations, result.locations = result.locations, None
    known = run.known.get(result.rule_id)
    repeats = known is not None and known.result == result
    if known is None or not repeats:
        known = _known(result, run)
    if known.finding is None:
        return None
    locations = locations or _NOWHERE
    if len(locations) == 1:
        return _located(known, known.finding, locations[0], run, repeats=repeats)
    return [_located(known, known.finding, location, run, repeats=repeats) for location in locations]


def _known(result: Result, run: RunContext) -> Known:
    """What all results come to that say the same, wherever; of each rule the last is remembered."""
    rule = run.rules.find(result)
    message = _message(message_of(result), rule)
    is_finding = result.kind not in _NO_FINDING and result.baseline_state != "absent"
    finding = _finding(result, rule, message, run) if is_finding else None
    known = Known(result, finding, message[:_WHEREABOUTS_CHARACTERS])
    if len(run.known) == _MOST_KNOWN:
        run.known.clear()
    run.known[result.rule_id] = known
    return known


def _located(
    known: Known, finding: Finding, location: Location, run: RunContext, *, repeats: bool
) -> Finding | Occurrence | Located:
    """The finding of a result at one of its locations."""
    where = place(location, run.artifacts, run.bases)
    text = where.text or known.message
    if finding.packages:
        text = f"{finding.packages[0].name}@{finding.packages[0].version} ({text})"
    found: Finding | Occurrence
    if repeats and not finding.details.suppression:  # that is said after the evidence
        facts = passing.members({"function": where.symbol}) if where.symbol else b""
        found = Occurrence(finding, text, where.snippet, facts)
    else:
        details = replace(finding.details, function=where.symbol, evidence=where.snippet)
        found = replace(finding, location=text, details=details)
    if run.is_dynamic and where.path.startswith(("http://", "https://")) and (target := site(where.path)):
        return Located(assets.web(target), found)
    return found


def _finding(result: Result, rule: Rule, message: str, run: RunContext) -> Finding:
    """What the findings at all locations of a result have in common."""
    description = passing.paragraphs(message, rule.description)
    finding = replace(rule.finding, description=description, severity=_severity(result, rule))
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
