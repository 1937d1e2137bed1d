"""Vulnerabilities of an FVDL: described by their class, rated by their rule, judged in the audit that may stand beside it.

Fortify's priority is made of the impact of a rule and of how likely it is: accuracy, confidence and probability of 5 each.
"""

import re
from typing import Any

from lxml import etree

from scanner.assets import repository
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout, checkout_name
from scanner.families.elements import Fields, child, children
from scanner.families.secrets import evidence
from scanner.formats.fortify.audits import is_secret, judged
from scanner.model import Asset, Dismissed, Finding, Located
from scanner.normalize.details import details
from scanner.normalize.identifiers import cwes
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, UNRATED
from scanner.normalize.text import joined, plain
from scanner.shapes.xml import Tables

_REPLACE = re.compile(r'<Replace key="([^"<>]{1,100})"[^<>]{0,200}/?>')
_RUN = re.compile(r"[-_. ]\d{6,}")
_HALF = 2.5
_ID_CHARACTERS = 12
_SHOWN_STEPS = 30


class Project:
    """What all vulnerabilities of a project share."""

    def __init__(self, tables: Tables) -> None:
        self.rules = {rule.get("id", ""): _groups(rule) for rule in tables["Rule"] if rule.get("id")}
        self.descriptions = {each.get("classID", ""): each for each in tables["Description"] if each.get("classID")}
        self.snippets = {each.get("id", ""): Fields(each).one("Text") for each in tables["Snippet"]}
        self.audits = {each.get("instanceId", ""): each for each in tables["Issue"]}
        self.nodes = {each.get("id", ""): each for each in tables["Node"] if each.get("id")}
        build, base = (
            next((each.text.strip() for each in tables[tag] if each.text), "") for tag in ("BuildID", "SourceBasePath")
        )
        self.asset: Asset = repository(_without_run(build) or checkout_name(base) or "fortify", origin="fortify")


def _without_run(build: str) -> str:
    """What a pipeline calls its builds, without their dates and numbers."""
    run = _RUN.search(build)
    return build[: run.start()] if run else build


def vulnerability_finding(vulnerability: etree._Element, project: Project) -> Located:
    about, instance = Fields(child(vulnerability, "ClassInfo")), Fields(child(vulnerability, "InstanceInfo"))
    unified = vulnerability.find("{*}AnalysisInfo/{*}Unified")
    name = joined(about.one("Type"), about.one("Subtype"), separator=": ")
    if not name:
        raise RecordError("it has no type")
    rule = {**project.rules.get(about.one("ClassID"), {}), **_groups(child(vulnerability, "InstanceInfo"))}
    words = _replacements(unified)
    trace = [_place(node) for node in _trace(unified, project.nodes)]
    primary = _primary(unified, project.nodes)
    description = project.descriptions.get(about.one("ClassID"))
    id_ = instance.one("InstanceID")
    weaknesses = cwes([value for group, value in rule.items() if "cwe" in group.casefold()])
    finding = Finding(
        name=name,
        severity=priority(rule, about, instance),
        location=" ".join(filter(None, (_place(primary), f"[{id_[:_ID_CHARACTERS]}]" if id_ else ""))),
        description=joined(_text(description, "Abstract", words), _text(description, "Explanation", words)),
        remedy=_text(description, "Recommendations", words),
        cwes=weaknesses,
        details=details(
            instance_id=id_,
            class_id=about.one("ClassID"),
            kingdom=about.one("Kingdom"),
            analyzer=about.one("AnalyzerName"),
            severity=instance.one("InstanceSeverity") or about.one("DefaultSeverity"),
            confidence=instance.one("Confidence"),
            impact=rule.get("Impact"),
            probability=rule.get("Probability"),
            accuracy=rule.get("Accuracy"),
            function=_function(unified),
            package=rule.get("package"),
            standards=[f"{group.removeprefix('altcategory')}: {value}" for group, value in rule.items() if "category" in group],
            trace=trace[:_SHOWN_STEPS] if len(trace) > 1 else [],
            tips=[_filled(tip.text, words) for tip in _all(description, "Tips/{*}Tip")],
            references=[source.text for source in _all(description, "References/{*}Reference/{*}Source")],
            evidence=""
            if is_secret(name)
            else evidence(project.snippets.get(_location(primary).get("snippet", "")), weaknesses),
        ),
    )
    return Located(project.asset, _judged(finding, project.audits.get(id_)))


def priority(rule: dict[str, str], about: Fields, instance: Fields) -> float:
    """Fortify's priority order; of a rule that says nothing of its impact the analyzer's own severity, from 1 to 5."""
    numbers = [_number(text) for text in (rule.get("Impact"), rule.get("Probability"), rule.get("Accuracy"))]
    confidence = _number(instance.one("Confidence"))
    impact, probability, accuracy = numbers
    if impact is not None and probability is not None:
        likely = (5.0 if accuracy is None else accuracy) * (5.0 if confidence is None else confidence) * probability / 25
        if impact >= _HALF:
            return CRITICAL if likely >= _HALF else HIGH
        return MEDIUM if likely >= _HALF else LOW
    own = _number(instance.one("InstanceSeverity") or about.one("DefaultSeverity"))
    if own is None:
        return UNRATED
    return next((level for least, level in ((4.0, HIGH), (3.0, MEDIUM), (2.0, LOW)) if own >= least), INFO)


def _judged(finding: Finding, audit: etree._Element | None) -> Finding | Dismissed:
    if audit is None:
        return finding
    values = [value.text.strip() for value in audit.iterfind("{*}Tag/{*}Value") if value.text and value.text.strip()]
    comments = [Fields(comment) for comment in audit.iterfind("{*}ThreadedComments/{*}Comment")]
    said = [joined(each.one("Username"), each.one("Content"), separator=": ") for each in comments]
    if isinstance(finding.details, dict):
        finding.details.update(details(analysis=values, comments=said))
    is_aside = any(audit.get(name, "").casefold() == "true" for name in ("suppressed", "hidden"))
    return judged(finding, values, said, is_suppressed=is_aside)


def _groups(element: etree._Element | None) -> dict[str, str]:
    found = element.iterfind("{*}MetaInfo/{*}Group") if element is not None else ()
    return {group.get("name", ""): group.text.strip() for group in found if group.text and group.text.strip()}


def _replacements(unified: etree._Element | None) -> dict[str, str]:
    found = unified.iterfind("{*}ReplacementDefinitions/{*}Def") if unified is not None else ()
    return {each.get("key", ""): each.get("value", "") for each in found}


def _text(description: etree._Element | None, name: str, words: dict[str, str]) -> str:
    element = child(description, name)
    return _filled(element.text, words) if element is not None else ""


def _filled(text: str | None, words: dict[str, str]) -> str:
    """Fortify's own markup as plain text, with what a finding puts into its gaps."""
    return plain(_REPLACE.sub(lambda gap: words.get(gap[1], ""), text or ""))


def _all(description: etree._Element | None, path: str) -> list[Any]:
    return [each for each in description.iterfind(f"{{*}}{path}") if each.text] if description is not None else []


def _trace(unified: etree._Element | None, pool: dict[str, etree._Element]) -> list[etree._Element]:
    nodes = []
    for entry in unified.iterfind("{*}Trace/{*}Primary/{*}Entry") if unified is not None else ():
        reference = child(entry, "NodeRef")
        node = child(entry, "Node") if reference is None else pool.get(reference.get("id", ""))
        if node is not None:
            nodes.append(node)
    return nodes


def _primary(unified: etree._Element | None, pool: dict[str, etree._Element]) -> etree._Element | None:
    """The node that is shown first: one that is marked, else the last, where data ends."""
    nodes = _trace(unified, pool)
    return next((node for node in nodes if node.get("isDefault") == "true"), nodes[-1] if nodes else unified)


def _location(node: etree._Element | None) -> dict[str, str]:
    if node is None:
        return {}
    found = next(
        (each for path in ("SourceLocation", "Context/{*}FunctionDeclarationSourceLocation") for each in children(node, path)),
        None,
    )
    return {str(name): str(value) for name, value in found.attrib.items()} if found is not None else {}


def _place(node: etree._Element | None) -> str:
    where = _location(node)
    path = below_checkout(where.get("path", ""))
    return ":".join(filter(None, (path, where.get("line", "") if path else "")))


def _function(unified: etree._Element | None) -> str:
    function = unified.find("{*}Context/{*}Function") if unified is not None else None
    if function is None:
        return ""
    return ".".join(filter(None, (function.get("namespace"), function.get("enclosingClass"), function.get("name"))))


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
