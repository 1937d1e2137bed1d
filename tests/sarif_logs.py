"""Logs for tests: as little around what is tested as there may be."""

import json
from typing import Any

from scanner.families.sarif.model import Log, Result
from scanner.families.sarif.runs import sections
from scanner.format import Section
from scanner.model import Asset, Dismissed, Finding, Located, Occurrence, whole
from scanner.shapes.json.reading import decoder

Found = Finding | Dismissed


def at(uri: str, line: int | None = None, base: str | None = None, **region: Any) -> dict[str, Any]:
    artifact = {"uri": uri} | ({"uriBaseId": base} if base else {})
    known = ({"startLine": line} if line else {}) | region
    return {"physicalLocation": {"artifactLocation": artifact} | ({"region": known} if known else {})}


def result(rule: str = "r", message: str = "m", *locations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"ruleId": rule, "message": {"text": message}, "locations": list(locations)} | more


def log(*results: dict[str, Any], tool: str = "T", rules: Any = (), **run: Any) -> Log:
    written = {"tool": {"driver": {"name": tool, "rules": list(rules)}}, "results": list(results)} | run
    decoded: Log = decoder(Log).decode(json.dumps({"runs": [written]}))
    return decoded


def section(*results: dict[str, Any], **run: Any) -> Section:
    """The run itself, without what it says of not having looked everywhere."""
    only, *_ = sections(log(*results, **run))
    return only


def asset(**run: Any) -> Asset:
    only = section(**run).asset
    assert only is not None
    return only


def found(*results: dict[str, Any], **run: Any) -> list[Found]:
    """What comes of the results, in their order, whole."""
    only = section(*results, **run)
    made: list[Found] = []
    for raw in only.records:
        translated = only.translate(decoder(Result).decode(raw), only.context)
        for part in translated if isinstance(translated, list) else [translated]:
            inner = part.finding if isinstance(part, Located) else part
            if isinstance(inner, Dismissed):
                made.append(Dismissed(whole(inner.finding), inner.reason, inner.note))
            elif isinstance(inner, Finding | Occurrence):
                made.append(whole(inner))
    return made


def places(*results: dict[str, Any], **run: Any) -> list[str]:
    return [each.location for each in found(*results, **run) if isinstance(each, Finding)]
