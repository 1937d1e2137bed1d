"""Nuclei results: JSON Lines (``-jsonl``, ``-json`` before v3), one array (``-json-export``), of all versions.

Keys are in camel and snake case up to v2.4, with hyphens since; v1 wrote the template's facts beside the match.
"""

import msgspec

from scanner.assets import host, web
from scanner.errors import RecordError
from scanner.format import Format, JsonLinesVariant
from scanner.model import Asset, AssetType, Finding, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.lists import Texts, texts
from scanner.normalize.severity import clamp, severity
from scanner.normalize.text import first, joined
from scanner.normalize.urls import site
from scanner.signatures import JsonSignature

_HOST_PROTOCOLS = {"network", "tcp"}
"""What is found by these is a service's, not a web site's."""


class Classification(msgspec.Struct, rename="kebab", gc=False):
    cve_id: Texts = None
    cwe_id: Texts = None
    cvss_metrics: str | None = None
    cvss_score: float | None = None
    epss_score: float | None = None
    cpe: str | None = None


class Info(msgspec.Struct, gc=False):
    name: str | None = None
    severity: str | None = None
    description: str | None = None
    impact: str | None = None
    remediation: str | None = None
    reference: Texts = None
    tags: Texts = None
    classification: Classification | None = None


class Match(msgspec.Struct, rename="kebab", gc=False):
    info: Info | None = None
    template_id: str | None = None
    template: str | None = None
    matcher_name: str | None = None
    extractor_name: str | None = None
    matched_at: str | None = None
    extracted_results: Texts = None
    matcher_status: bool = True
    type: str | None = None
    host: str | None = None
    url: str | None = None
    ip: str | None = None
    curl_command: str | None = None
    # until v2.4
    template_id_before: str | None = msgspec.field(default=None, name="templateID")
    matcher_name_before: str | None = msgspec.field(default=None, name="matcher_name")
    extracted_results_before: Texts = msgspec.field(default=None, name="extracted_results")
    matched: str | None = None
    # v1
    name: str | None = None
    severity: str | None = None
    description: str | None = None


def match_finding(match: Match, _: None) -> Located | None:
    """One match of one matcher; a template that is reported although it did not match (``-matcher-status``) is none."""
    if not match.matcher_status:
        return None
    info = match.info or Info(name=match.name, severity=match.severity, description=match.description)
    classification = info.classification or Classification()
    template = first(match.template_id, match.template_id_before, match.template)
    matched = first(match.matched_at, match.matched, match.url, match.host)
    if not (template or matched):
        raise RecordError("it names neither template nor match")
    matcher = first(match.matcher_name, match.matcher_name_before, match.extractor_name)
    finding = Finding(
        name=first(info.name, template),
        description=joined(info.description, info.impact),
        remedy=info.remediation or "",
        severity=severity(info.severity) if info.severity else clamp(classification.cvss_score),
        location=f"{matched} [{matcher}]" if matcher else matched,
        reference_ids=reference_ids(texts(classification.cve_id, separator=",")),
        cwes=cwes(texts(classification.cwe_id, separator=",")),
        details=details(
            template=template,
            matcher=matcher,
            type=match.type,
            ip=match.ip,
            extracted=[excerpt(text, 200) for text in texts(match.extracted_results) + texts(match.extracted_results_before)],
            cvss_vector=classification.cvss_metrics,
            cvss_score=classification.cvss_score,
            epss_score=classification.epss_score,
            cpe=classification.cpe,
            references=[link.lstrip("- ") for link in texts(info.reference, separator="\n")],
            tags=texts(info.tags, separator=","),
            curl=excerpt(match.curl_command, 500),
        ),
    )
    return Located(scanned(match, matched), finding)


def scanned(match: Match, matched: str) -> Asset:
    name = site(match.host) or site(match.url) or site(matched) or first(match.ip, "nuclei")
    return host(name) if match.type in _HOST_PROTOCOLS else web(name)


FORMAT = Format(
    slug="nuclei",
    scanner="Nuclei",
    asset_type=AssetType.WEB,
    variants=tuple(
        JsonLinesVariant(signature=signature, record=Match, translate=match_finding, empty=True)
        for signature in (
            JsonSignature(
                keys={"info.name", "type"},
                any_of=({"template-id", "templateID"}, {"matched-at", "matched", "host", "matcher-status", "timestamp"}),
                lines=True,
            ),
            JsonSignature(keys={"template", "matched", "severity", "type"}, without={"info"}, lines=True),
        )
    ),
    names=("Nuclei Scan",),
)
