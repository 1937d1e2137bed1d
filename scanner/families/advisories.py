"""What documents about vulnerabilities of products (VEX, advisories, inventories) share: products as assets and packages."""

from scanner import assets
from scanner.families.images import image_asset
from scanner.model import Asset, Package
from scanner.normalize.packages import parse_purl
from scanner.normalize.text import first

_IMAGES = ("pkg:oci/", "pkg:docker/")


def package_of(reference: str) -> Package:
    """The package that a package URL names, or any other text: a CPE, an image, a product's name."""
    if named := parse_purl(reference):
        return Package(*named)
    if reference.startswith("cpe:"):
        parts = reference.removeprefix("cpe:2.3:").removeprefix("cpe:/").split(":")
        vendor, product, version = (*parts[1:4], "", "", "")[:3]
        return Package("/".join(filter(None, (vendor, product))), version.strip("*-"), reference)
    name, at, version = reference.rpartition("@")
    return Package(name, version) if at and name else Package(reference)


def product_asset(reference: str) -> Asset:
    """A product by its name, as its next version is the same product; an image as an image."""
    if reference.startswith(_IMAGES) and (named := parse_purl(reference)):
        name, version = named
        registry = _qualifier(reference, "repository_url")
        tag = _qualifier(reference, "tag")
        image = registry if registry.rpartition("/")[2] == name.rpartition("/")[2] else "/".join(filter(None, (registry, name)))
        return image_asset(f"{image}:{tag}" if tag else image, digests=[f"{image}@{version}"] if "sha256:" in version else ())
    return assets.build(first(package_of(reference).name, reference))


def _qualifier(purl: str, name: str) -> str:
    from packageurl import PackageURL  # by those alone who have such products

    qualifiers = PackageURL.from_string(purl).qualifiers
    return str(qualifiers.get(name, "")) if isinstance(qualifiers, dict) else ""


def located_at(package: Package) -> str:
    return f"{package.name}@{package.version}" if package.version else package.name
