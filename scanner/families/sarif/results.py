"""Runs and their results."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from scanner import assets
from scanner.families.sarif.locations import Place, artifact_uris, base_uris, place
from scanner.families.sarif.model import Location, Log, Message, Result, Run, Suppression, Taxonomy, text_of
from scanner.families.sarif.packages import packages_in
from scanner.families.sarif.rules import Rule, RuleBook, rule_book
from scanner.families.sarif.taxonomies import weaknesses
from scanner.format import Section
from scanner.model import Asset, Finding, Located, Tag
from scanner.normalize import passing
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import CRITICAL, HIGH, INFO, MEDIUM, severity
from scanner.normalize.text import joined
from scanner.normalize.urls import site

_NOWHERE = [Location()]
_LEVELS = {"error": HIGH, "warning": MEDIUM, "note": INFO, "none": INFO, "critical": CRITICAL}
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
        rules=rule_book(run.tool, taxonomies),
        artifacts=artifact_uris(run.artifacts),
        bases=base_uris(run.original_uri_base_ids),
        taxonomies=taxonomies,
        is_dynamic=not (image or repository),
    )


def findings(result: Result, run: RunContext) -> Finding | Located | list[Finding | Located] | None:
    """One finding per location; none for a check that passed or a result that the tool's baseline says is gone."""
    if result.kind in _NO_FINDING or result.baseline_state == "absent":
        return None
    rule = run.rules.find(result)
    message = _message(result.message, rule)
    locations = result.locations or _NOWHERE
    if len(locations) == 1:
        return _located(result, rule, message, locations[0], run)
    return [_located(result, rule, message, location, run) for location in locations]


def _located(result: Result, rule: Rule, message: str, location: Location, run: RunContext) -> Finding | Located:
    where = place(location, run.artifacts, run.bases)
    found = _finding(result, rule, message, where, run)
    target = site(where.path) if run.is_dynamic and where.path.startswith(("http://", "https://")) else ""
    return Located(assets.web(target), found) if target else found


def _finding(result: Result, rule: Rule, message: str, where: Place, run: RunContext) -> Finding:
    packages = packages_in(message) or list(rule.packages)
    fixes = [text_of(fix.description) for fix in result.fixes] if result.fixes else []
    if packages and not any(fixes):
        fixes = [upgrade(packages[0].name, packages[0].version, packages[0].fix_versions)]
    location = str(where) or message[:_WHEREABOUTS_CHARACTERS]
    if packages:
        location = f"{packages[0].name}@{packages[0].version} ({location})"
    is_tagged = result.properties is not None or result.taxa
    own = weaknesses(result.properties, result.taxa or (), run.taxonomies) if is_tagged else []
    return Finding(
        name=rule.title or message.partition("\n")[0][:_WHEREABOUTS_CHARACTERS] or run.tool,
        description=passing.paragraphs(message, rule.description),
        remedy=(joined(*fixes) if fixes else "") or ("" if rule.help == message else rule.remedy),
        severity=_severity(result, rule),
        location=location,
        reference_ids=list(rule.reference_ids),
        cwes=list(dict.fromkeys((*rule.cwes, *own))) if own else list(rule.cwes),
        packages=packages,
        details=_details(result, rule, where, run),
        tags=[Tag("suppressed")] if result.suppressions and _is_suppressed(result.suppressions) else [],
    )


def _severity(result: Result, rule: Rule) -> float:
    """The security severity, else the result's level, else that of its rule, else the standard's default, ``warning``."""
    own = result.properties.security_severity if result.properties else None
    written = str(own) if own is not None else rule.security_severity
    if written:
        return severity(written)
    level = (result.level or rule.level or "warning").casefold()
    return _LEVELS[level] if level in _LEVELS else severity(level)


def _message(message: Message | str | None, rule: Rule) -> str:
    text = text_of(message)
    if isinstance(message, Message):
        text = text or rule.messages.get(message.id or "default", "")
        if message.arguments:
            text = _PLACEHOLDER.sub(lambda match: _argument(message.arguments or [], int(match[1])), text)
    return _LINK.sub(r"\1", text) if "](" in text else text


def _argument(arguments: list[object], number: int) -> str:
    return str(arguments[number]) if number < len(arguments) else ""


def _is_suppressed(suppressions: list[Suppression]) -> bool:
    """By somebody's decision; one that is under review or was rejected does not count."""
    return any(suppression.status in (None, "accepted") for suppression in suppressions)


class Details(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    tool: str = ""
    rule_id: str = ""
    references: list[str] = []
    function: str = ""
    evidence: str = ""
    suppression: str = ""


def _details(result: Result, rule: Rule, where: Place, run: RunContext) -> Details:
    return Details(
        run.tool,
        rule.id,
        [rule.help_uri] if rule.help_uri else [],
        where.symbol,
        where.snippet,
        "; ".join(entry.justification for entry in result.suppressions or () if entry.justification),
    )
