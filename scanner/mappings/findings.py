"""A record → what it is: a finding, a dismissed one, or none."""

import inspect
from collections.abc import Callable
from typing import Any

from scanner import assets
from scanner.errors import RecordError
from scanner.families.secrets import are_of_secrets
from scanner.mappings.errors import within
from scanner.mappings.expressions import Expressions, Source
from scanner.mappings.language import AssetMapping, Failure, FindingMapping, Operation, PackageMapping, Rating, RecordMapping
from scanner.mappings.values import fact, facts, number_of, text_of, texts_of
from scanner.model import Asset, Dismissed, Finding, Package, Tag
from scanner.normalize.dates import date
from scanner.normalize.details import EVIDENCE_CHARS
from scanner.normalize.dismissal import dismissal
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import patched, upgrade
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, UNRATED, by_score, cvss_score, rating

MakeFinding = Callable[[Any, Any], Finding | Dismissed | None]
MakeAsset = Callable[[Any, Any], Asset]

_LEVELS = {"critical": CRITICAL, "high": HIGH, "medium": MEDIUM, "low": LOW, "info": INFO, "unrated": UNRATED}
_MAIN = {
    "host": "name", "web": "name", "container": "image", "repository": "name", "code": "source", "build": "file",
}  # fmt: skip
"""The attribute by which people know an asset of the kind."""
_NAMED_BY_FORMAT = frozenset(("container", "repository", "code", "build"))
"""Kinds of which a report that names none is about one: it is called by the format."""


def make_finding(mapping: RecordMapping, expressions: Expressions) -> MakeFinding:
    """Raises `ValueError` for what the mapping cannot mean."""
    hold = expressions.held.hold
    lines = []
    for number, failure in enumerate(mapping.failed):
        with within("failed"), within(number):
            words = f"{expressions.text(failure.says)} or {hold('the tool says that it failed')}"
            lines.append(f"if {failing(failure, expressions)}: raise {hold(RecordError)}({words})")
    for number, condition in enumerate(mapping.drop):
        with within("drop"), within(number):
            lines.append(f"if {expressions.holds(condition)}: return None")
    with within("finding"):
        lines += _finding(mapping.finding, expressions)
    for number, entry in enumerate(mapping.dismissed):
        with within("dismissed"), within(number):
            aside = f"{hold(Dismissed)}(finding, {hold(entry.reason)}, {expressions.text(entry.note)})"
            lines.append(f"if {expressions.holds(entry.when) if entry.when else True}: return {aside}")
    if mapping.state is not None:
        with within("state"):
            lines.append(f"state = {expressions.text(mapping.state)}")
            lines.append(f"if reason := {hold(dismissal)}(state): return {hold(Dismissed)}(finding, reason, state)")
    return expressions.held.function("make(record, context)", [*lines, "return finding"])


def failing(failure: Failure, expressions: Expressions) -> Source:
    """Whether it holds."""
    holds = expressions.holds(failure.when)
    if failure.and_ is None:
        return holds
    with within("and"):
        return f"({holds} and {expressions.holds(failure.and_)})"


def make_asset(mapping: AssetMapping, expressions: Expressions, slug: str) -> MakeAsset:
    """Raises `ValueError` for what the mapping cannot mean."""
    with within("asset"):
        return expressions.held.function("make(record, context)", [f"return {_asset(mapping, expressions, slug)}"])


def _asset(mapping: AssetMapping, expressions: Expressions, slug: str) -> Source:
    if mapping.when is not None and mapping.then is not None and mapping.else_ is not None:
        with within("when"):
            holds = expressions.holds(mapping.when)
        with within("then"):
            then = _asset(mapping.then, expressions, slug)
        with within("else"):
            return f"({then} if {holds} else {_asset(mapping.else_, expressions, slug)})"
    ((kind, attributes),) = mapping.kinds()
    constructor = getattr(assets, kind)
    known = [name for name in inspect.signature(constructor).parameters if name != "tags"]
    texts = {}
    with within(kind):
        for name, value in attributes.items():
            if name not in known:
                raise ValueError(f"an asset of kind {kind} has no {name}; it has {', '.join(known)}")
            with within(name):
                texts[name] = expressions.text(value)
    main = _MAIN.get(kind)
    hold = expressions.held.hold
    if main is not None:
        instead = hold(slug) if kind in _NAMED_BY_FORMAT else f"{hold(_refuse)}({hold(f'it names no {kind}: {main} is empty')})"
        texts[main] = f"({texts[main]} or {instead})" if main in texts else instead
    if "origin" in known:
        texts.setdefault("origin", hold(slug))
    if kind == "infra":
        constructor = _known_infra
    arguments = ", ".join(f"{name}={source}" for name, source in texts.items())  # names of a function of ours
    return f"{hold(constructor)}({arguments})"


def _known_infra(**attributes: str) -> Asset:
    made = assets.infra(**attributes)  # type: ignore[arg-type]  # its tags are not among them
    if made.attributes.keys() <= {"os", "netbios", "network", "macAddress"}:
        raise RecordError("it names no host: ip, hostname and fqdn are empty")
    return made


def _refuse(reason: str) -> str:
    raise RecordError(reason)


def _finding(mapping: FindingMapping, expressions: Expressions) -> list[Source]:
    """Lines after which there is a ``finding``."""
    hold = expressions.held.hold

    def text(key: str) -> Source:
        with within(key):
            return expressions.text(getattr(mapping, key))

    def ids(key: str, normal: Callable[[list[str]], list[str]]) -> Source:
        value = getattr(mapping, key)
        if value is None or (isinstance(value, Operation) and value.text is not None):
            return hold(normal(texts_of(value and value.text)))
        with within(key):
            return f"{hold(normal)}({expressions.texts(value)})"

    with within("severity"):
        severity = _severity(mapping.severity, expressions)
    lines = [
        f"name = {text('name')}",
        f"if not name: raise {hold(RecordError)}({hold('nothing in it says what was found: name is empty')})",
        f"remedy = {text('remedy')}",
        "packages = details = tags = None",
        f"cwes = {ids('cwes', cwes)}",
        *_packages(mapping.package, expressions),
        *_details(mapping, expressions),
    ]
    parts = {
        "name": "name",
        "severity": severity,
        "description": text("description"),
        "remedy": "remedy",
        "location": text("location"),
        "reference_ids": ids("ids", reference_ids),
        "cwes": "cwes",
        "published_date_time": f"{hold(date)}({text('published')})" if mapping.published is not None else '""',
        "packages": "packages or []",
        "details": "details or {}",
        "tags": "tags or []",
    }
    return [*lines, f"finding = {hold(Finding)}({', '.join(f'{name}={source}' for name, source in parts.items())})"]


def _severity(mapping: str | Rating, expressions: Expressions) -> Source:
    hold = expressions.held.hold
    asked = Rating(word=mapping) if isinstance(mapping, str) else mapping
    with within("scale"):
        scale = {word: _level(value) for word, value in expressions.table(asked.scale).items()} or None
    if asked.vector is None and asked.score is None and isinstance(asked.word, Operation) and asked.word.text is not None:
        return hold(rating(text_of(asked.word.text), scale=scale))
    scores = [
        f"*map({hold(cvss_score)}, {expressions.texts(asked.vector)})" if asked.vector is not None else "",
        f"*map({hold(number_of)}, {expressions.texts(asked.score)})" if asked.score is not None else "",
    ]
    arguments = ", ".join(filter(None, (expressions.text(asked.word), *scores, f"scale={hold(scale)}")))
    return f"{hold(rating)}({arguments})"


def _level(value: Any) -> float:
    if isinstance(value, str) and value.casefold() in _LEVELS:
        return _LEVELS[value.casefold()]
    number = number_of(value)
    if number is None or not 0 <= number <= 10:
        raise ValueError(f"{value!r} is no severity: 1 to 10, {', '.join(_LEVELS)}")
    return by_score(number)


def _packages(mapping: PackageMapping | None, expressions: Expressions) -> list[Source]:
    if mapping is None:
        return []
    hold = expressions.held.hold
    with within("package"):
        fixed = f"{hold(patched)}({expressions.texts(mapping.fixed)})" if mapping.fixed is not None else "[]"
        rest = f"{expressions.text(mapping.cpe)}, {fixed}"
        return [
            f"package = {expressions.text(mapping.name)}",
            "if package:",
            f"    packages = [{hold(Package)}(package, {expressions.text(mapping.version)}, {rest})]",
            "    if not remedy:",
            f"        remedy = {hold(upgrade)}(package, packages[0].version, packages[0].fix_versions)",
        ]


def _details(mapping: FindingMapping, expressions: Expressions) -> list[Source]:
    hold = expressions.held.hold
    lines = ["details = {}"] if mapping.details else []
    for name, value in mapping.details.items():
        with within("details"), within(name):
            if isinstance(value, list):
                lines.append(f"if said := {hold(facts)}({expressions.value(value)}): details[{hold(name)}] = said")
                continue
            if expressions.is_single(value):
                said = f"said := {expressions.text(value)}"
                lines.append(
                    f"if {said}: details[{hold(name)}] = said if len(said) <= {EVIDENCE_CHARS} else {hold(fact)}(said)"
                )
                continue
            lines += [
                f"said = {expressions.value(value)}",
                f"if said.__class__ is not str or len(said) > {EVIDENCE_CHARS}: said = {hold(fact)}(said)",
                f"if said is not None and said != '': details[{hold(name)}] = said",
            ]
    if "evidence" in mapping.details and mapping.cwes is not None:
        lines.append(f"if {hold(are_of_secrets)}(cwes): details.pop('evidence', None)")
    if mapping.tags:
        lines.append("tags = []")
    for key, value in mapping.tags.items():
        with within("tags"), within(key):
            lines.append(f"tags += map({hold(_tag(key))}, {expressions.texts(value)})")
    return lines


def _tag(key: str) -> Callable[[str], Tag]:
    return lambda value: Tag(value, key)
