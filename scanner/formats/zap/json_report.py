"""The traditional JSON report. Its keys are those of the XML report, attributes with an ``@`` before them."""

from collections.abc import Iterator

import msgspec

from scanner.assets import web
from scanner.families.scanned import failed
from scanner.format import Section
from scanner.formats.zap.alerts import Alert, alert_finding
from scanner.normalize.text import first
from scanner.normalize.urls import site as site_name
from scanner.shapes.json import JsonSignature, JsonVariant


class Site(msgspec.Struct):
    name: str | None = msgspec.field(default=None, name="@name")
    host: str | None = msgspec.field(default=None, name="@host")
    alerts: list[msgspec.Raw] | None = None


class Report(msgspec.Struct):
    site: list[Site] | Site | None = None
    """A single site stood alone in early versions."""


def sections(report: Report) -> Iterator[Section]:
    """A site without alerts is clean; without a site nothing was reached, and nothing was looked at."""
    sites = [report.site] if isinstance(report.site, Site) else report.site or []
    if not sites:
        yield failed("the report names no site: ZAP has reached none", "site")
    for index, site in enumerate(sites):
        origin = site.name or ""
        yield Section(
            site.alerts or [],
            alert_finding,
            record=Alert,
            asset=web(first(site.host, site_name(origin), "zap")),
            context=origin,
            place=f"site[{index}].alerts",
        )


VARIANT = JsonVariant(
    signature=JsonSignature(
        keys={"@version"},
        any_of=({"site", "site[].@name", "site.@name"}, {"@generated", "site[].alerts", "site.alerts"}),
        root="object",
        own={"": {"@programName", "@version", "@generated", "created", "insights", "site", "sequences"}},
        strange=0.5,
    ),
    envelope=Report,
    sections=sections,
)
