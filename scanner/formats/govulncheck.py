"""govulncheck (``-json``, ``-format json``): a stream of messages since 0.2, of which several findings may be about one
vulnerability in one module, from how much is known of it: required, imported, called. Before 0.2 one object of call graphs.

A finding is a vulnerability in a module. It counts as the gravest of its messages says: what the code calls is high, what it
merely imports low, and what only its modules require informational, as govulncheck says that the code is not affected by these.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from scanner import assets
from scanner.families.checkouts import below_checkout
from scanner.families.scanned import scanned
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import HIGH, INFO, LOW, rating
from scanner.normalize.text import first, joined
from scanner.readers.document import Document
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.json.reading import decode_each
from scanner.shapes.whole import WholeVariant

_ASSET = assets.build("go.mod")
_FRAMES = 12


class Event(msgspec.Struct):
    fixed: str | None = None


class Range(msgspec.Struct):
    events: list[Event] | None = None


class Affected(msgspec.Struct):
    package: dict[str, Any] | None = None
    ranges: list[Range] | None = None


class Reference(msgspec.Struct):
    url: str | None = None


class Advisory(msgspec.Struct):
    """OSV's record."""

    id: str
    aliases: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    affected: list[Affected] | None = None
    references: list[Reference] | None = None
    severity: str | list[Any] | None = None
    """Teams write a word of theirs into it; OSV's list of vectors is empty in Go's database."""
    database_specific: dict[str, Any] | None = None


class Position(msgspec.Struct):
    filename: str | None = None
    line: int | None = None


class Frame(msgspec.Struct):
    module: str | None = None
    version: str | None = None
    package: str | None = None
    function: str | None = None
    receiver: str | None = None
    position: Position | None = None


class Trace(msgspec.Struct):
    """``finding``."""

    osv: str
    fixed_version: str | None = None
    trace: list[Frame] | None = None


class Message(msgspec.Struct):
    osv: Advisory | None = None
    finding: Trace | None = None


def stream_findings(data: bytes) -> Iterable[Located]:
    """Messages one after the other, or in an array that somebody has put them into."""
    advisories: dict[str, Advisory] = {}
    traces: dict[tuple[str, str], list[Trace]] = {}
    for document in decode_each(Document("", data, Path()), Message | list[Message]):
        for message in document if isinstance(document, list) else [document]:
            if message.osv:
                advisories[message.osv.id] = message.osv
            if message.finding:
                traces.setdefault((message.finding.osv, _sink(message.finding).module or ""), []).append(message.finding)
    yield Located(_ASSET)
    for (id_, module), found in traces.items():
        yield Located(_ASSET, _finding(advisories.get(id_) or Advisory(id_), module, found))


def _sink(trace: Trace) -> Frame:
    """The vulnerable end of a trace stands first."""
    return trace.trace[0] if trace.trace else Frame()


def _finding(advisory: Advisory, module: str, traces: list[Trace]) -> Finding:
    traces = sorted(traces, key=_reach, reverse=True)
    nearest = traces[0]
    version = _sink(nearest).version or ""
    fixed = [each.removeprefix("v") for each in dict.fromkeys(trace.fixed_version for trace in traces) if each]
    reach = _reach(nearest)
    word = advisory.severity if isinstance(advisory.severity, str) else (advisory.database_specific or {}).get("severity")
    return _made(
        advisory,
        module,
        version.removeprefix("v"),
        fixed,
        rating(word, scale={}) if isinstance(word, str) else (INFO, LOW, HIGH)[reach],
        reached=("required", "imported", "called")[reach],
        packages=list(dict.fromkeys(_sink(trace).package or "" for trace in traces if _sink(trace).package)),
        symbols=list(dict.fromkeys(filter(None, (_symbol(_sink(trace)) for trace in traces)))),
        trace=[_shown(frame) for frame in (nearest.trace or [])[:_FRAMES]] if reach == 2 else None,
    )


def _reach(trace: Trace) -> int:
    """0: its module is required, 1: its package is imported, 2: its function is called."""
    sink = _sink(trace)
    return 2 if sink.function else 1 if sink.package else 0


def _symbol(frame: Frame) -> str:
    return ".".join(filter(None, ((frame.receiver or "").lstrip("*"), frame.function)))


def _shown(frame: Frame) -> str:
    position = frame.position or Position()
    place = f" ({below_checkout(position.filename)}:{position.line})" if position.filename else ""
    return f"{frame.package or frame.module or ''}.{_symbol(frame)}{place}"


def _made(advisory: Advisory, module: str, version: str, fixed: list[str], severity: float, **facts: object) -> Finding:
    ids = reference_ids((advisory.id, *(advisory.aliases or ())))
    text = joined(advisory.summary, advisory.details)
    return Finding(
        name=advisory.id,
        severity=severity,
        description=text,
        remedy=upgrade(module, version, fixed) if module else "",
        location=f"{module}@{version}" if version else module,
        reference_ids=ids,
        cwes=cwes((advisory.database_specific or {}).get("cwe_ids") or ()),
        published_date_time=date(advisory.published),
        packages=[Package(module, version, fix_versions=fixed)] if module else [],
        details=details(
            title=advisory.summary,
            withdrawn=advisory.withdrawn,
            **facts,
            references=[
                *filter(None, [(advisory.database_specific or {}).get("url")]),
                *(each.url for each in advisory.references or () if each.url),
            ],
        ),
    )


class Vulnerability(msgspec.Struct):
    """Of versions before 0.2: a record per symbol."""

    osv: Advisory = msgspec.field(name="OSV")
    symbol: str | None = msgspec.field(name="Symbol", default=None)
    package: str | None = msgspec.field(name="PkgPath", default=None)
    module: str | None = msgspec.field(name="ModPath", default=None)
    call_sink: int = msgspec.field(name="CallSink", default=0)
    import_sink: int = msgspec.field(name="ImportSink", default=0)


class Module(msgspec.Struct):
    path: str = msgspec.field(name="Path", default="")
    version: str = msgspec.field(name="Version", default="")


class Report(msgspec.Struct):
    vulnerabilities: list[Vulnerability] | None = msgspec.field(name="Vulns", default=None)
    modules: list[Module] | None = msgspec.field(name="Modules", default=None)


def graph_sections(report: Report) -> Iterator[Section]:
    """Nothing found is null; modules are named where any were looked at."""
    versions = {module.path: module.version for module in report.modules or ()}
    groups: dict[tuple[str, str], list[Vulnerability]] = {}
    for each in report.vulnerabilities or ():
        groups.setdefault((each.osv.id, each.module or ""), []).append(each)
    yield scanned(_ASSET)
    yield Section([(found, versions.get(module, "")) for (_, module), found in groups.items()], graph_finding, asset=_ASSET)


def graph_finding(group: tuple[list[Vulnerability], str], _: None) -> Finding:
    found, version = group
    module = found[0].module or ""
    advisory = found[0].osv
    events = [
        event.fixed
        for affected in advisory.affected or ()
        if (affected.package or {}).get("name") in (module, None)
        for each in affected.ranges or ()
        for event in each.events or ()
    ]
    reach = 2 if any(each.call_sink for each in found) else 1 if any(each.import_sink for each in found) else 0
    return _made(
        advisory,
        module,
        version.removeprefix("v"),
        list(dict.fromkeys(filter(None, events))),
        (INFO, LOW, HIGH)[reach],
        reached=("required", "imported", "called")[reach],
        packages=list(dict.fromkeys(first(each.package) for each in found if each.package)),
        symbols=list(dict.fromkeys(each.symbol for each in found if each.symbol)),
    )


FORMAT = Format(
    slug="govulncheck",
    scanner="govulncheck",
    asset_type=AssetType.BUILD,
    names=("Govulncheck Scanner", "Govulncheck Scanner V2"),
    produce="govulncheck -format json ./... > report.json",
    sources=(
        "https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck",
        "https://github.com/golang/vuln/blob/master/internal/govulncheck/govulncheck.go",
        "https://github.com/golang/vuln/blob/master/internal/osv/osv.go",
    ),
    variants=(
        WholeVariant(JsonSignature(values={"config.scanner_name": "govulncheck"}, root="object"), stream_findings),
        WholeVariant(JsonSignature(values={"[].config.scanner_name": "govulncheck"}, root="array"), stream_findings),
        WholeVariant(JsonSignature(keys={"[].finding.osv", "[].osv.id", "[].osv.affected"}, root="array"), stream_findings),
        WholeVariant(JsonSignature(keys={"finding.osv", "finding.trace"}, root="object"), stream_findings),
        WholeVariant(JsonSignature(keys={"osv.id", "osv.affected", "osv.schema_version"}, root="object"), stream_findings),
        JsonVariant(JsonSignature(keys={"Calls", "Imports", "Requires", "Vulns"}, root="object"), Report, graph_sections),
        JsonVariant(JsonSignature(keys={"Vulns", "Modules"}, root="object"), Report, graph_sections),
    ),
)
