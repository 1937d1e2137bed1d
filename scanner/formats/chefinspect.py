"""Chef InSpec and cinc-auditor (``--reporter json``, ``json-automate``, ``json-min``), logs of a control per line, and the
Heimdall Data Format that stands on it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.records import Record, at, number, objects, rest, text, texts, told
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located
from scanner.normalize.details import excerpt
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, UNRATED, rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant

_READ = (
    *("id", "title", "desc", "description", "descriptions", "impact", "tags", "control_tags", "results", "refs", "waiver_data"),
    *("code", "source_location", "status", "platform", "batch_runtime", "control_runtime", "statistics"),
)


_CONVERTERS = frozenset(("Heimdall Tools", "heimdall_tools", "SAF CLI"))
"""What stands for the system in documents that were made of other tools' reports."""


class Profile(msgspec.Struct):
    name: str | None = None
    title: str | None = None
    status: str | None = None
    status_message: str | None = None
    skip_message: str | None = None
    controls: list[msgspec.Raw] | None = None


class Report(msgspec.Struct):
    platform: Any = None
    profiles: list[Profile] | None = None
    status_message: str | None = None


class Short(msgspec.Struct):
    """``json-min``: each result by itself."""

    controls: list[msgspec.Raw]


def sections(report: Report) -> Iterator[Section]:
    if not report.profiles:
        yield failed("it has no profiles", "profiles")
        return
    asset = _asset(report.platform)
    for number_, profile in enumerate(report.profiles):
        place = f"profiles[{number_}]"
        if profile.controls is None or (profile.status in ("failed", "skipped") and not profile.controls):
            yield failed(first(profile.status_message, profile.skip_message, "the profile was not run"), place)
            continue
        name = first(profile.title, profile.name)
        yield Section(profile.controls, from_control, dict, asset=asset, context=name, place=f"{place}.controls")


def short_sections(report: Short) -> Iterator[Section]:
    yield Section(report.controls, from_result, dict, asset=_asset(None), place="controls")


def _asset(platform: object) -> Asset:
    """By the name that a converter, or the id that InSpec gives its target; what has neither is known by its system."""
    name, release = text(platform, "name"), text(platform, "release")
    if name in _CONVERTERS:
        return assets.host(first(text(platform, "target_id"), "inspec"))
    system = " ".join(filter(None, (name, release)))
    return assets.host(first(text(platform, "target_id"), name, "inspec"), os=system)


def from_line(record: Record, _: None) -> Located:
    part = from_control(record, text(record, "profile.title", "profile.name"))
    return Located(_asset(at(record, "platform")), part)


def from_result(record: Record, _: None) -> Finding | Dismissed | None:
    made = {**record, "results": [record], "title": text(record, "control_title")}
    return from_control(made, first(text(record, "profile_title"), text(record, "profile_id")))


def from_control(record: Record, profile: str) -> Finding | Dismissed | None:
    """Of all that was looked at for a control one thing that failed is enough; impact 0 says that it does not apply, unless
    the control itself broke."""
    results = objects(record, "results")
    states = {text(each, "status") for each in results} or {text(record, "status")}
    waived = text(record, "waiver_data.skipped_due_to_waiver").casefold() == "true"
    if not states & {"failed", "error", "skipped"}:
        return None
    id_ = text(record, "id")
    if not (id_ or text(record, "title")):
        raise RecordError("it names no control")
    finding = _finding(record, id_, results, profile)
    if waived:
        return Dismissed(finding, Dismissal.RISK_ACCEPTED, text(record, "waiver_data.justification"))
    if number(record, "impact") == 0 and "error" not in states:
        return Dismissed(finding, Dismissal.NOT_AFFECTED, "impact 0: it does not apply")
    if "failed" in states:
        return finding
    note = next((said for each in results if (said := text(each, "skip_message", "message"))), "")
    return Dismissed(finding, Dismissal.NOT_CHECKED, first(note, *states))


def _finding(record: Record, id_: str, results: list[Record], profile: str) -> Finding:
    tags: Record = at(record, "tags") or at(record, "control_tags") or {}
    said = {text(each, "label"): text(each, "data") for each in objects(record, "descriptions")}
    said |= {key: text(at(record, "descriptions"), key) for key in at(record, "descriptions") or () if isinstance(key, str)}
    bad = [each for each in results if text(each, "status") != "passed"]
    evidence = joined(*(joined(text(each, "code_desc"), text(each, "message"), separator="\n") for each in bad))
    return Finding(
        name=first(text(record, "title"), id_),
        description=joined(text(record, "desc", "description"), said.get("rationale"), evidence),
        remedy=first(said.get("fix"), text(tags, "fix"), text(tags, "fix_text")),
        severity=_severity(record, tags),
        location=" ".join(filter(None, (id_, f"({profile})" if profile else ""))),
        reference_ids=advisory_ids(id_, *texts(tags, "cve")),
        cwes=cwes([*texts(tags, "cwe"), *texts(tags, "cweid")]),
        details=told(
            rest(tags, "fix", "check", "fix_text", under="tag"),
            rest(record, *_READ),
            control=id_,
            profile=profile,
            check=first(said.get("check"), text(tags, "check")),
            file=":".join(filter(None, (text(record, "source_location.ref"), text(record, "source_location.line")))),
            references=[url for each in objects(record, "refs") if (url := text(each, "url", "uri", "ref"))],
            waiver=text(record, "waiver_data.justification"),
            evidence=excerpt(evidence),
        ),
    )


def _severity(record: Record, tags: Record) -> float:
    """Impact from 0 to 1, in the product's five steps."""
    impact = number(record, "impact")
    if impact is None:
        return rating(first(text(record, "impact"), text(tags, "severity")), scale={"none": INFO})
    steps = ((0.9, CRITICAL), (0.7, HIGH), (0.4, MEDIUM), (0.01, LOW), (0.0, INFO))
    return next((level for least, level in steps if impact >= least), UNRATED)


FORMAT = Format(
    slug="chefinspect",
    scanner="Chef InSpec",
    asset_type=AssetType.INFRA,
    names=("Chef Inspect Log", "Heimdall Data Format"),
    aliases=("inspec", "hdf", "cinc_auditor", "chef_inspec"),
    produce="inspec exec profile --reporter json:report.json",
    sources=(
        "https://docs.chef.io/inspec/reporters/",
        "https://github.com/mitre/heimdall2/tree/master/libs/inspecjs/src/compat_impl",
    ),
    variants=(
        JsonVariant(
            JsonSignature(keys={"profiles"}, any_of=({"platform", "profiles[].controls"}, {"statistics", "version"})),
            Report,
            sections,
        ),
        JsonVariant(JsonSignature(keys={"profiles[].controls[].id", "profiles[].controls[].impact"}), Report, sections),
        JsonVariant(JsonSignature(keys={"controls[].code_desc", "controls[].status"}), Short, short_sections),
        JsonLinesVariant(
            JsonSignature(keys={"id", "impact", "results[].code_desc", "results[].status"}, lines=True),
            dict,
            from_line,
            empty=True,
        ),
    ),
)
