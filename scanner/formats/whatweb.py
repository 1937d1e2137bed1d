"""WhatWeb (``--log-json``): what each page tells of the software behind it. One finding a page, as it reports them."""

import msgspec

from scanner.assets import web
from scanner.errors import RecordError
from scanner.format import Format
from scanner.model import AssetType, Finding, Located
from scanner.normalize.details import details
from scanner.normalize.severity import INFO
from scanner.normalize.urls import site
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant

_OF_THE_PAGE = frozenset(("Country", "HTML5", "IP", "Title", "UncommonHeaders", "Script"))
"""Plugins that say nothing of software."""


class Plugin(msgspec.Struct, gc=False):
    version: list[str | None] | None = None
    string: list[str | None] | None = None
    module: list[str | None] | None = None
    account: list[str | None] | None = None

    @property
    def said(self) -> str:
        said = [value for values in (self.version, self.string, self.module, self.account) for value in values or () if value]
        return ", ".join(dict.fromkeys(said))


class Page(msgspec.Struct, gc=False):
    target: str
    plugins: dict[str, Plugin]
    http_status: int | None = None


def page_finding(page: Page, _: None) -> Located:
    """Raises `RecordError` for a target that is no URL."""
    host = site(page.target)
    if not host:
        raise RecordError(f"{page.target!r} is no URL")
    software = {name: plugin.said for name, plugin in page.plugins.items() if name not in _OF_THE_PAGE}
    if not software:
        return Located(web(host))
    told = [f"{name} {said}".strip() for name, said in software.items()]
    finding = Finding(
        name="The page tells of the software behind it",
        description="\n".join(told),
        remedy="Let servers and pages name no products and versions, and keep what is named up to date.",
        severity=INFO,
        location=page.target,
        details=details(software=told, http_status=page.http_status),
    )
    return Located(web(host), finding)


FORMAT = Format(
    slug="whatweb",
    scanner="WhatWeb",
    asset_type=AssetType.WEB,
    variants=(JsonLinesVariant(JsonSignature(keys={"target", "http_status", "plugins"}, lines=True), Page, page_finding),),
    names=("WhatWeb Scan",),
    produce="whatweb --log-json=whatweb.json https://shop.example",
    sources=("https://github.com/urbanadventurer/WhatWeb/blob/master/lib/logging/json.rb",),
)
