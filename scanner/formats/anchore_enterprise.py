"""Anchore's policy evaluations (``anchore-cli --json evaluate check … --detail``): tables by digest, tag and image.

What breaks a policy is a row of a table, whose header says which column is which. Rows whose action is ``go`` pass, and those
on a list of exceptions are put aside.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, UNRATED, is_rated, rating
from scanner.normalize.text import first
from scanner.shapes.json import JsonSignature, JsonVariant

_ACTIONS = {"stop": CRITICAL, "warn": MEDIUM, "go": INFO}
_LEVELS = {"critical": CRITICAL, "high": HIGH, "medium": MEDIUM, "low": LOW, "negligible": INFO, "unknown": UNRATED}
_LEVEL = re.compile(r"^(critical|high|medium|low|negligible|unknown)\b", re.IGNORECASE)
_CVE_WITH_PACKAGE = re.compile(r"^((?:CVE|GHSA|RHSA|ELSA|ALAS)[\w:-]+)\+(.+)$")

Evaluations = list[dict[str, dict[str, list[Any]]]]


def sections(report: Evaluations) -> Iterator[Section]:
    """Digest → tag → evaluations, of which the first is the newest."""
    for images in report:
        for digest, tags in images.items():
            for tag, evaluations in tags.items():
                asset = assets.container(tag, digest=digest, origin="Anchore")
                for evaluation in evaluations[:1]:
                    yield from _evaluation(evaluation, asset, tag)


def _evaluation(evaluation: Any, asset: Asset, tag: str) -> Iterator[Section]:
    tables = _at(evaluation, "detail", "result", "result")
    if not isinstance(tables, dict):
        yield failed("the evaluation has no result in detail", f"{tag}.detail.result.result")
        return
    yield scanned(asset)
    for image, table in tables.items():
        result = _at(table, "result")
        if not isinstance(result, dict):
            continue  # names of policies and exceptions stand beside the tables
        header = tuple(str(title) for title in result.get("header") or ())
        rows = result.get("rows")
        if not isinstance(rows, list):
            yield failed("its result has no rows", f"{tag}.{image}.result.rows")
            continue
        yield Section(rows, finding, None, asset, header, place=f"{tag}.{image}.result.rows")


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def finding(row: Any, header: tuple[str, ...]) -> Finding | Dismissed | None:
    if not isinstance(row, list):
        raise RecordError("it is no row of a table")
    said = dict(zip(header, row, strict=False))
    action = _text(said, "Gate_Action")
    if action.casefold() == "go":
        return None
    gate, trigger, output = _text(said, "Gate"), _text(said, "Trigger"), _text(said, "Check_Output")
    trigger_id = _text(said, "Trigger_Id")
    if not gate:
        raise RecordError("it does not say which gate: Gate is empty")
    named = _CVE_WITH_PACKAGE.match(trigger_id)
    level = _LEVEL.match(output)
    graver = rating(level[1] if level else None, scale=_LEVELS)
    made = Finding(
        name=named[1] if named else f"{gate}: {trigger}",
        severity=graver if is_rated(graver) else rating(action, scale=_ACTIONS),
        description=first(output, f"The gate {gate} has found {trigger}."),
        location=" ".join(filter(None, (gate, trigger, named[2] if named else trigger_id))),
        reference_ids=advisory_ids(trigger_id, output),
        details=details(
            gate=gate,
            trigger=trigger,
            trigger_id=trigger_id,
            action=action,
            policy=_text(said, "Policy_Id"),
            image=_text(said, "Image_Id"),
        ),
    )
    excepted = said.get("Whitelisted") or said.get("Allowlisted")
    return Dismissed(made, Dismissal.RISK_ACCEPTED, "on a list of exceptions") if excepted else made


def _text(said: dict[str, Any], title: str) -> str:
    value = said.get(title)
    return value.strip() if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode()


FORMAT = Format(
    slug="anchore_enterprise",
    scanner="Anchore Enterprise",
    asset_type=AssetType.CONTAINER,
    names=("Anchore Enterprise Policy Check",),
    produce="anchore-cli --json evaluate check --detail registry.example/team/app:1.0",
    sources=(
        "https://github.com/anchore/anchore-engine/blob/master/anchore_engine/services/apiext/swagger/swagger.yaml",
        "https://docs.anchore.com/current/docs/configuration/policies/policy-gates",
    ),
    variants=(
        JsonVariant(
            JsonSignature(keys={"[].*[].detail", "[].*[].detail.result"}, root="array"),
            Evaluations,
            sections,
        ),
    ),
)
