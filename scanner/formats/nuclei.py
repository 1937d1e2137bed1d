"""Nuclei results: JSON Lines (``-jsonl``, ``-json`` before v3), one array (``-json-export``), of all versions.

Keys are in camel and snake case up to v2.4, with hyphens since; v1 wrote the template's facts beside the match.
"""

import re

import msgspec
from msgspec.structs import replace

from scanner.assets import host, web
from scanner.errors import RecordError
from scanner.families.scanned import without_credentials
from scanner.families.secrets import hidden, masked
from scanner.format import Format
from scanner.model import Asset, AssetType, Finding, Located
from scanner.normalize import passing
from scanner.normalize.details import excerpt
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.lists import Texts, texts
from scanner.normalize.remembering import remembered
from scanner.normalize.severity import rating
from scanner.normalize.text import first, joined
from scanner.normalize.urls import site
from scanner.shapes.json import JsonSignature
from scanner.shapes.json.reading import decoder
from scanner.shapes.lines import JsonLinesVariant

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


class Described(msgspec.Struct, gc=False):
    info: Info | None = None


class Match(msgspec.Struct, rename="kebab", gc=False):
    info: msgspec.Raw = passing.ABSENT
    """What the template is about: the same in all of its matches, so it is read once."""
    template_id: str | None = None
    template: str | None = None
    matcher_name: str | None = None
    extractor_name: str | None = None
    matched_at: str | None = None
    extracted_results: Texts = None
    matcher_status: bool = True
    error: str | None = None
    """Why the template could not be run on the host."""
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


_OF_SECRETS = re.compile(rb'"(?:tokens?|keys?|secrets?|creds?|credentials?)"')
"""Tags of templates whose matches are secrets."""


class Details(msgspec.Struct, omit_defaults=True, gc=False):
    template: str = ""
    matcher: str = ""
    type: str = ""
    ip: str = ""
    extracted: list[str] = []
    cvss_vector: str = ""
    cvss_score: float | None = None
    epss_score: float | None = None
    cpe: str = ""
    references: msgspec.Raw = passing.ABSENT
    tags: msgspec.Raw = passing.ABSENT
    curl: str = ""


def match_finding(match: Match, _: None) -> Located | None:
    """One match of one matcher, known by template and matcher, as Nuclei prints them: names are not unique.

    A template that is reported although it did not match (``-matcher-status``) is none. `RecordError` for one that could not
    be run: where that is all that a report says, nothing was looked at.
    """
    template = first(match.template_id, match.template_id_before, match.template)
    about = _described(template, bytes(match.info)) if match.info is not passing.ABSENT else None
    if not match.matcher_status and match.error:
        raise RecordError(without_credentials(joined(template, match.host, match.error, separator=": ")))
    if not match.matcher_status:
        return None
    if about is None:
        about = _about(template, Info(name=match.name, severity=match.severity, description=match.description))
    matched = first(match.matched_at, match.matched, match.url, match.host)
    if not (template or matched):
        raise RecordError("it names neither template nor match")
    matcher = first(match.matcher_name, match.matcher_name_before, match.extractor_name)
    finding = replace(
        about,
        location=joined(matched, f"[{joined(template, matcher, separator=':')}]", separator=" "),
        details=replace(
            about.details,
            matcher=matcher,
            type=match.type or "",
            ip=match.ip or "",
            extracted=_extracted(match, about) if match.extracted_results or match.extracted_results_before else [],
            curl=excerpt(match.curl_command, 500),
        ),
    )
    return Located(scanned(match, matched), finding)


def _extracted(match: Match, about: Finding) -> list[str]:
    """What was found, but of tokens and keys no more than tells them."""
    found = texts(match.extracted_results) + texts(match.extracted_results_before)
    is_secret = _OF_SECRETS.search(bytes(about.details.tags)) is not None
    return [masked(text) if is_secret else excerpt(hidden(text), 200) for text in found]


@remembered(0)
def _described(template: str, info: bytes) -> Finding | None:
    """What the matches of a template have in common; None where it is not described."""
    described: Described = decoder(Described).decode(b'{"info":%b}' % info)  # so that an error names the place in the record
    return _about(template, described.info) if described.info is not None else None


def _about(template: str, info: Info) -> Finding:
    classification = info.classification or Classification()
    references = [link.lstrip("- ") for link in texts(info.reference, separator="\n")]
    return Finding(
        name=first(info.name, template),
        description=passing.shared(joined(info.description, info.impact)),
        remedy=passing.shared(info.remediation or ""),
        severity=rating(info.severity, classification.cvss_score),
        reference_ids=reference_ids(texts(classification.cve_id, separator=",")),
        cwes=cwes(texts(classification.cwe_id, separator=",")),
        details=Details(
            template=template,
            cvss_vector=classification.cvss_metrics or "",
            cvss_score=classification.cvss_score,
            epss_score=classification.epss_score,
            cpe=classification.cpe or "",
            references=passing.shared_list(references),
            tags=passing.shared_list(texts(info.tags, separator=",")),
        ),
    )


def scanned(match: Match, matched: str) -> Asset:
    asset_at, make = (_host_at, host) if match.type in _HOST_PROTOCOLS else (_site_at, web)
    found = asset_at(match.host or "") or asset_at(match.url or "") or asset_at(matched)
    return found or make(first(match.ip, "nuclei"))


@remembered(0)
def _host_at(url: str) -> Asset | None:
    name = site(url)
    return host(name) if name else None


@remembered(0)
def _site_at(url: str) -> Asset | None:
    name = site(url)
    return web(name) if name else None


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
            JsonSignature(keys={"template", "matched", "severity", "type"}, lines=True),
        )
    ),
    names=("Nuclei Scan",),
    produce="nuclei -u https://shop.example -jsonl -o nuclei.jsonl",
    sources=("https://github.com/projectdiscovery/nuclei/blob/dev/pkg/output/output.go",),
)
