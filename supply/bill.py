"""``python -m supply.bill bill.cdx.json``: adds what the web page carries to the bill of the Python packages.

Tools that only build the page are left out: no installation has them.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from supply.page_lock import PAGE_LOCK, PagePackage, page_packages


def with_page(bill: dict[str, Any], packages: Iterable[PagePackage]) -> str:
    """The bill as JSON, the same for the same locks: without a time or a number of its own."""
    bom = cast(Any, Bom).from_json(bill)
    components = [_component(package) for package in packages if package.is_shipped]
    bom.components.update(components)
    bom.register_dependency(bom.metadata.component, components)
    told = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    del told["serialNumber"], told["metadata"]["timestamp"]
    return json.dumps(told, indent=2, sort_keys=True) + "\n"


def _component(package: PagePackage) -> Component:
    purl = PackageURL("npm", *_scope(package.name), package.version)
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        name=package.name,
        version=package.version,
        purl=purl,
        licenses=[LicenseExpression(package.licence)] if package.licence else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=package.sha512)] if package.sha512 else [],
    )


def _scope(name: str) -> tuple[str | None, str]:
    scope, _, rest = name.rpartition("/")
    return scope or None, rest


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(with_page(json.loads(file.read_text()), page_packages(PAGE_LOCK.read_text())))
