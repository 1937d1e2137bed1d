"""``OWASPZAPReport``: the traditional XML report. Up to ZAP 2.4 the addresses of an alert stand in the alert itself."""

from collections.abc import Iterator

from lxml import etree

from scanner.assets import web
from scanner.families.elements import Fields, child, children
from scanner.formats.zap.alerts import Alert, Instance, alert_finding
from scanner.model import Located
from scanner.normalize.text import first
from scanner.normalize.urls import site as site_name
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant


def site_findings(site: etree._Element, _: Tables) -> Iterator[Located]:
    """A site with its alerts; one without any was scanned and is clean."""
    origin = site.get("name", "")
    asset = web(first(site.get("host"), site_name(origin), "zap"))
    yield Located(asset)
    for item in children(child(site, "alerts"), "alertitem"):
        yield Located(asset, alert_finding(read_alert(item), origin))


def read_alert(item: etree._Element) -> Alert:
    fields = Fields(item)
    instances = [read_instance(Fields(instance)) for instance in children(child(item, "instances"), "instance")]
    return Alert(
        pluginid=fields.one("pluginid"),
        alert_ref=fields.one("alertRef"),
        alert=fields.one("alert"),
        name=fields.one("name"),
        riskcode=fields.one("riskcode"),
        riskdesc=fields.one("riskdesc"),
        confidence=fields.one("confidence", "reliability"),
        desc=fields.one("desc"),
        instances=instances or [Instance(uri=uri) for uri in fields.all("uri")],
        count=fields.one("count"),
        solution=fields.one("solution"),
        otherinfo=fields.one("otherinfo"),
        reference=fields.one("reference"),
        cweid=fields.one("cweid"),
        wascid=fields.one("wascid"),
    )


def read_instance(fields: Fields) -> Instance:
    return Instance(
        uri=fields.one("uri"),
        method=fields.one("method"),
        param=fields.one("param"),
        attack=fields.one("attack"),
        evidence=fields.one("evidence"),
        otherinfo=fields.one("otherinfo"),
    )


VARIANT = XmlVariant(
    signature=XmlSignature(root="OWASPZAPReport"),
    record="site",
    translate=site_findings,
    shard="site",
    looked="site",
)
