"""Runs and their results."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from scanner import assets
from scanner.families.checkouts import checkout_name
from scanner.families.images import image_asset
from scanner.families.sarif import trivy
from scanner.families.sarif.dialects import Dialect, dialect
from scanner.families.sarif.failures import failure, shortfall
from scanner.families.sarif.locations import Place, place
from scanner.families.sarif.model import (
    Location,
    Log,
    Message,
    Result,
    Run,
    RunProperties,
    Suppression,
    Taxonomy,
    message_of,
    text_of,
)
from scanner.families.sarif.packages import named_in, packages_in
from scanner.families.sarif.paths import Paths, run_paths
from scanner.families.sarif.ratings import by_level, rated
from scanner.families.sarif.rules import Rule, RuleBook, rule_book
from scanner.families.sarif.taxonomies import weaknesses
from scanner.families.scanned import failed
from scanner.families.trivy_artifact import repository_asset
from scanner.format import Part, Section, Translated
from scanner.model import Asset, Dismissed, Finding, Located, Occurrence, Package
from scanner.normalize import passing
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import is_rated
from scanner.normalize.text import joined
from scanner.normalize.urls import site

_NOWHERE = [Location()]
_NO_FINDING = frozenset(("pass", "notapplicable", "informational"))
_LINK = re.compile(r"\[([^\[\]]+)\]\(\d+\)")
"""Messages refer to related locations by number, which say nothing outside the log."""
_PLACEHOLDER = re.compile(r"\{(\d{1,4})\}|(\{\{|\}\})")
_WHEREABOUTS_CHARACTERS = 200
_COMMIT_CHARACTERS = 12
_MOST_KNOWN = 4096


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


def sections(log: Log) -> Iterator[Section]:
    """One section per run, and one more where it did not look everywhere.

    ``inlineExternalProperties`` and files that a log refers to are not read. A log without ``runs``, which the standard
    requires, is what is left of one whose tool failed; ``[]`` says that there was nothing to run.
    """
    if log.runs is None:
        yield failed("the log has no runs, not even an empty list", "runs")
    for number, run in enumerate(log.runs or ()):
        where = f"runs[{number}].results"
        if words := failure(run):
            yield failed(words, where)
            continue
        context = _context(run)
        yield Section(run.results or (), findings, Result, asset=context.asset, context=context, place=where)
        if words := shortfall(run):
            yield failed(words, f"runs[{number}].invocations")


def _context(run: Run) -> RunContext:
    tool = (run.tool.driver.name if run.tool and run.tool.driver else None) or "SARIF"
    taxonomies = tuple(run.taxonomies or ())
    repository = next((vcs.repository_uri for vcs in run.version_control_provenance or () if vcs.repository_uri), "")
    image = (run.properties.image_name if run.properties else None) or ""
    own, rules = dialect(tool), rule_book(run.tool, tool, taxonomies)
    folders = [
        *(invocation.working_directory for invocation in run.invocations or ()),
        *(repository.mapped_to for repository in run.version_control_provenance or ()),
    ]
    paths = run_paths(run.original_uri_base_ids, folders, run.artifacts, run.results or (), lists_scanned=own.lists_scanned)
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


def findings(result: Result, run: RunContext) -> Translated:
    """One finding per location; none for a check that passed."""
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
    finding = _finding(result, rule, message, run) if (result.kind or "").casefold() not in _NO_FINDING else None
    is_advisory = bool(rule.finding.reference_ids)
    reason, note = _put_aside(result)
    subject = "" if message == rule.description else named_in(message, is_advisory=is_advisory)
    commit = result.partial_fingerprints.commit_sha if result.partial_fingerprints else None
    has_packages = finding is not None and bool(finding.packages)
    known = Known(
        result,
        finding,
        message[:_WHEREABOUTS_CHARACTERS],
        subject[:_WHEREABOUTS_CHARACTERS],
        trivy.facts(message).get("Artifact", "") if run.dialect.has_shared_help else "",
        rule.kind,
        reason,
        note,
        bool(run.dialect.has_shared_help or has_packages or subject or commit),
    )
    if len(run.known) == _MOST_KNOWN:
        run.known.clear()
    run.known[result.rule_id] = known
    return known


def _located(known: Known, finding: Finding, location: Location, run: RunContext, *, repeats: bool) -> Part:
    """The finding of a result at one of its locations."""
    where = place(location, run.paths)
    text = _text(known, finding, where, run) if known.says_more else where.text or known.message
    found: Finding | Occurrence | Dismissed
    if repeats and not finding.details.suppression:  # that is said after the evidence
        facts = passing.members({"function": where.symbol}) if where.symbol else b""
        found = Occurrence(finding, text, where.snippet, facts)
    else:
        details = replace(finding.details, function=where.symbol, evidence=where.snippet)
        found = replace(finding, location=text, details=details)
    if known.reason is not None:
        found = Dismissed(found, known.reason, known.note)
    if run.is_dynamic and where.path.startswith(("http://", "https://")) and (target := site(where.path)):
        return Located(assets.web(target), found)
    return found


def _text(known: Known, finding: Finding, where: Place, run: RunContext) -> str:
    """The place; with the package, or what else the result is about, where all that is known of it is a file."""
    if run.dialect.has_shared_help:
        image = run.asset.attributes.get("dockerfile", "")
        return trivy.location(known.kind, known.target, finding.packages, where, run.image, image) or known.message
    text = where.text or known.message
    if finding.packages:
        return f"{finding.packages[0].name}@{finding.packages[0].version} ({text})"
    if known.subject and where.path and where.is_vague:
        return f"{known.subject} ({text})"
    fingerprints = known.result.partial_fingerprints
    if fingerprints is not None and fingerprints.commit_sha:
        return f"{text} ({fingerprints.commit_sha[:_COMMIT_CHARACTERS]})"
    return text


def _finding(result: Result, rule: Rule, message: str, run: RunContext) -> Finding:
    """What the findings at all locations of a result have in common."""
    description = passing.paragraphs(message, rule.description)
    finding = replace(rule.finding, description=description, severity=_severity(result, rule, message, run))
    if not finding.name:
        finding.name = message.partition("\n")[0][:_WHEREABOUTS_CHARACTERS] or run.tool
    if packages := packages_in(message):
        finding.packages = packages
    if (result.fixes or finding.packages) and (remedy := _own_remedy(result, finding.packages)):
        finding.remedy = remedy
    elif message == rule.help:
        finding.remedy = ""
    elif run.dialect.has_shared_help and rule.kind == trivy.LEAK:
        finding.remedy = trivy.LEAK_REMEDY
    if result.properties is not None or result.taxa:
        own = weaknesses(result.properties, result.taxa or (), run.taxonomies)
        finding.cwes = list(dict.fromkeys((*finding.cwes, *own)))
    if result.suppressions:
        finding.details = replace(finding.details, suppression=_justifications(result.suppressions))
    return finding


def _own_remedy(result: Result, packages: list[Package]) -> str:
    fixes = [text_of(fix.description) for fix in result.fixes] if result.fixes else []
    if packages and not any(fixes):
        return upgrade(packages[0].name, packages[0].version, packages[0].fix_versions)
    return joined(*fixes) if fixes else ""


def _severity(result: Result, rule: Rule, message: str, run: RunContext) -> float:
    """The result's rating, else its rule's, else its level, else the invocation's for the rule, else the rule's own."""
    if run.dialect.has_shared_help and (said := trivy.severity(message, rule.rated)) is not None:
        return said
    own = rated(result.properties)
    if is_rated(own):
        return own
    if is_rated(rule.rated):
        return rule.rated
    if result.level:
        return by_level(result.level, run.dialect.levels)
    if (result.kind or "fail").casefold() != "fail":  # the standard's level for what is to be looked at by a person
        return by_level("none", run.dialect.levels)
    override = _override(result, rule, run)
    return by_level(override, run.dialect.levels) if override else rule.level


def _override(result: Result, rule: Rule, run: RunContext) -> str:
    """By the invocation that the result comes from; by the first that has one, where it does not say which that is."""
    if not run.overrides:
        return ""
    index = result.provenance.invocation_index if result.provenance else None
    if index is not None and 0 <= index < len(run.overrides):
        return run.overrides[index].get(rule.id, "")
    return next((levels[rule.id] for levels in run.overrides if rule.id in levels), "")


def _put_aside(result: Result) -> tuple[Dismissal | None, str]:
    """Why a result is not open, and what was said of it.

    Suppressed is what has a suppression that is accepted (or says nothing of that) and none that is under review or rejected;
    ``absent`` is what the tool's baseline has and the code no longer. Source: SARIF 2.1.0.
    """
    if result.baseline_state == "absent":
        return Dismissal.FIXED, "gone since the tool's baseline"
    suppressions = result.suppressions or ()
    if not suppressions or any(suppression.status not in (None, "accepted") for suppression in suppressions):
        return None, ""
    said = _justifications(suppressions)
    return dismissal(said) or Dismissal.SUPPRESSED, said


def _justifications(suppressions: "list[Suppression] | tuple[()]") -> str:
    return "; ".join(dict.fromkeys(suppression.justification for suppression in suppressions if suppression.justification))


def _message(message: Message | str | None, rule: Rule) -> str:
    text = text_of(message)
    if isinstance(message, Message):
        text = text or rule.messages.get(message.id or "default", "")
        if message.arguments or not message.text:  # a text without arguments is none to be filled in: tools quote code
            text = _filled(text, message.arguments or [])
    return _LINK.sub(r"\1", text) if "]" in text and "](" in text else text  # one character is found ten times as fast


def _filled(text: str, arguments: list[object]) -> str:
    """With the arguments in place of their numbers; braces that are meant are written twice."""

    def argument(placeholder: re.Match[str]) -> str:
        if placeholder[2]:
            return placeholder[2][0]
        number = int(placeholder[1])
        return str(arguments[number]) if number < len(arguments) else ""

    return _PLACEHOLDER.sub(argument, text)
