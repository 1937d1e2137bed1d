"""Results as findings, one for each place."""

from collections.abc import Sequence

from msgspec.structs import replace

from scanner import assets
from scanner.families.sarif import trivy
from scanner.families.sarif.context import Known, RunContext
from scanner.families.sarif.locations import Place, place, snippets
from scanner.families.sarif.messages import message_text
from scanner.families.sarif.model import Location, Result, message_of, text_of
from scanner.families.sarif.packages import named_in, packages_in
from scanner.families.sarif.rules import Rule
from scanner.families.sarif.severities import result_severity
from scanner.families.sarif.states import is_finding, justifications, put_aside
from scanner.families.sarif.taxonomies import weaknesses
from scanner.families.secrets import are_of_secrets, hidden, unquoted
from scanner.format import Part, Translated
from scanner.model import Dismissed, Finding, Located, Occurrence, Package
from scanner.normalize import passing
from scanner.normalize.packages import upgrade
from scanner.normalize.text import joined
from scanner.normalize.urls import site

_NOWHERE = [Location()]
_WHEREABOUTS_CHARACTERS = 200
_COMMIT_CHARACTERS = 12
_MOST_KNOWN = 4096


def findings(result: Result, run: RunContext) -> Translated:
    """One finding per location; none for a check that passed."""
    locations, result.locations = result.locations, None
    known = run.known.get(result.rule_id)
    repeats = known is not None and known.result == result
    if known is None or not repeats:
        known = _known(result, run, locations or ())
    if known.finding is None:
        return None
    locations = locations or _NOWHERE
    if len(locations) == 1:
        return _located(known, known.finding, locations[0], run, repeats=repeats)
    return [_located(known, known.finding, location, run, repeats=repeats) for location in locations]


def _known(result: Result, run: RunContext, locations: Sequence[Location]) -> Known:
    """What all results come to that say the same, wherever; of each rule the last is remembered."""
    rule = run.rules.find(result)
    message = message_text(message_of(result), rule)
    if are_of_secrets(rule.finding.cwes):
        message = hidden(unquoted(message), snippets(locations))
    finding = _finding(result, rule, message, run) if is_finding(result) else None
    is_advisory = bool(rule.finding.reference_ids)
    reason, note = put_aside(result)
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
        finding is not None and are_of_secrets(finding.cwes),
    )
    if len(run.known) == _MOST_KNOWN:
        run.known.clear()
    run.known[result.rule_id] = known
    return known


def _located(known: Known, finding: Finding, location: Location, run: RunContext, *, repeats: bool) -> Part:
    """The finding of a result at one of its locations."""
    where = place(location, run.paths)
    if known.is_secret:  # which is the snippet, or stands in it
        where.snippet = ""
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
    finding = replace(rule.finding, description=description, severity=result_severity(result, rule, message, run))
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
        finding.details = replace(finding.details, suppression=justifications(result.suppressions))
    return finding


def _own_remedy(result: Result, packages: list[Package]) -> str:
    fixes = [text_of(fix.description) for fix in result.fixes] if result.fixes else []
    if packages and not any(fixes):
        return upgrade(packages[0].name, packages[0].version, packages[0].fix_versions)
    return joined(*fixes) if fixes else ""
