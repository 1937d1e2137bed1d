"""Skipfish: ``samples.js`` of a report's folder, in which the report's page has all issues by type, up to a hundred of each.

A type is a number whose first digit is the severity. Internal warnings are about what the scan did not get to look at.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from scanner.assets import web
from scanner.errors import MalformedReportError, RecordError
from scanner.format import Format
from scanner.model import AssetType, Finding, Located
from scanner.normalize.details import details
from scanner.normalize.severity import HIGH, INFO, LOW, MEDIUM, UNRATED
from scanner.normalize.urls import site
from scanner.section import Part
from scanner.shapes.facts import Kind
from scanner.shapes.whole import TextSignature, WholeVariant

_BEGINNING = b"var issue_samples = ["
_ITEM = re.compile(
    r"'type': (?P<type>\d+), 'samples'"
    r"|\{ 'url': '(?P<url>[^'\n]*)', 'extra': '(?P<extra>[^'\n]*)'(?:, 'sid': '(?P<sid>[^'\n]*)')?, 'dir': '[^'\n]*' \}"
)
_ESCAPED = re.compile(rb"\\x([0-9a-fA-F]{2})")
_TAG = re.compile(r"(sfi)\d{6}v\d{6}")
"""What it injects to find again; another one on each scan."""
_WARNING = 2
_LEVELS = {1: INFO, 3: LOW, 4: MEDIUM, 5: HIGH}
_TITLES = {
    10101: "SSL certificate issuer information",
    10102: "SSL certificate about to expire",
    10201: "New HTTP cookie added",
    10202: "New Server header value seen",
    10203: "New Via header value seen",
    10204: "New X-* header value seen",
    10205: "New 404 signature seen",
    10401: "Resource not directly accessible",
    10402: "HTTP authentication required",
    10403: "Server error triggered",
    10404: "Directory listing found",
    10405: "Hidden resource found",
    10501: "External link",
    10502: "External URL redirector",
    10503: "E-mail address",
    10504: "Link to an unknown protocol",
    10505: "Unknown form field",
    10601: "HTML form",
    10602: "Password entry form",
    10603: "File upload form",
    10701: "User-supplied link rendered on a page",
    10801: "Incorrect or missing MIME type (low risk)",
    10802: "Generic MIME type used (low risk)",
    10803: "Incorrect or missing charset (low risk)",
    10804: "Conflicting MIME / charset info (low risk)",
    10901: "Numerical filename",
    10902: "OGNL-like parameter behavior",
    10909: "Signature match (informational)",
    20101: "Resource fetch failed",
    20102: "Limits exceeded, fetch suppressed",
    20201: "Directory behavior checks failed",
    20202: "Parent behavior checks failed",
    20203: "IPS filtering enabled",
    20204: "IPS filtering disabled again",
    20205: "Response varies randomly, checks skipped",
    20301: "Node should be a directory",
    30101: "HTTP credentials seen in URLs",
    30201: "SSL certificate expired or not yet valid",
    30202: "Self-signed SSL certificate",
    30203: "SSL certificate host name mismatch",
    30204: "No SSL certificate data found",
    30205: "Weak SSL cipher negotiated",
    30206: "Host name length mismatch in SSL certificate",
    30301: "Directory listing restrictions bypassed",
    30401: "Redirection to attacker-supplied URLs",
    30402: "Attacker-supplied URLs in embedded content (lower risk)",
    30501: "External content embedded on a page (lower risk)",
    30502: "Mixed content embedded on a page (lower risk)",
    30503: "HTTPS form submitting to a HTTP URL",
    30601: "HTML form with no apparent XSRF protection",
    30602: "JSON response with no apparent XSSI protection",
    30701: "Incorrect caching directives (lower risk)",
    30801: "User-controlled response prefix",
    30802: "XSS vector (lower risk)",
    30901: "HTTP header injection vector",
    30909: "Signature match (low risk)",
    40101: "XSS vector in document body",
    40102: "XSS vector via arbitrary URLs",
    40103: "HTTP response header splitting",
    40104: "Attacker-supplied URLs in embedded content (higher risk)",
    40105: "XSS vector in a tag's attribute",
    40201: "External content embedded on a page (higher risk)",
    40202: "Mixed content embedded on a page (higher risk)",
    40301: "Incorrect or missing MIME type (higher risk)",
    40302: "Generic MIME type (higher risk)",
    40304: "Incorrect or missing charset (higher risk)",
    40305: "Conflicting MIME / charset info (higher risk)",
    40401: "Interesting file",
    40402: "Interesting server message",
    40501: "Directory traversal / file inclusion possible",
    40601: "Incorrect caching directives (higher risk)",
    40701: "Password form submits from or to non-HTTPS page",
    40909: "Signature match (moderate risk)",
    50101: "Server-side XML injection vector",
    50102: "Shell injection vector",
    50103: "Query injection vector",
    50104: "Format string vector",
    50105: "Integer overflow vector",
    50106: "Local file inclusion",
    50107: "Remote file inclusion",
    50201: "SQL query or similar syntax in parameters",
    50301: "PUT request accepted",
    50909: "Signature match (high risk)",
}


def parts(data: bytes) -> Iterator[Part]:
    _, beginning, listed = data.partition(_BEGINNING)
    if not beginning or not listed.rstrip().endswith(b"];"):
        raise MalformedReportError("its list of issues is not whole", "issue_samples")
    for type_, found in groupby(_samples(listed.decode("utf-8", "replace")), key=lambda sample: sample[0]):
        samples = [sample for _, sample in found]
        if type_ // 10_000 == _WARNING:
            yield RecordError(
                f"not looked at: {_title(type_)} at {len(samples)} places, the first is {_plain(samples[0]['url'])}"
            )
            continue
        for sample in samples:
            yield _issue(type_, sample)


def _samples(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Each issue, with the type under which it stands."""
    type_ = 0
    for item in _ITEM.finditer(text):
        if item["type"]:
            type_ = int(item["type"])
        else:
            yield type_, item


def _issue(type_: int, sample: re.Match[str]) -> Part:
    url, extra, sid = _plain(sample["url"]), _plain(sample["extra"]), sample["sid"]
    if not url:
        return RecordError("it names no URL")
    where = f"{url} ({extra})" if extra else url
    title = _title(type_)
    finding = Finding(
        name=title,
        severity=_LEVELS.get(type_ // 10_000, UNRATED),
        description=f"{title}: {extra}" if extra else f"{title}.",
        location=_TAG.sub(r"\1", where),
        details=details(type=type_, signature=sid if sid != "0" else None, url=url, note=extra),
    )
    return Located(web(site(url)), finding)


def _title(type_: int) -> str:
    return _TITLES.get(type_, f"Issue {type_}")


def _plain(escaped: str) -> str:
    """What is no letter, digit or common sign stands as its bytes, ``\\x27``."""
    return _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), escaped.encode()).decode("utf-8", "replace").strip()


FORMAT = Format(
    slug="skipfish",
    scanner="Skipfish",
    asset_type=AssetType.WEB,
    names=("Skipfish Scan",),
    produce="skipfish -o report https://shop.example; the file is report/samples.js",
    sources=(
        "https://github.com/spinkham/skipfish/blob/master/src/report.c",
        "https://github.com/spinkham/skipfish/blob/master/src/database.h",
    ),
    variants=(WholeVariant(TextSignature(Kind.TEXT, text=("var mime_samples = [",)), parts),),
)
