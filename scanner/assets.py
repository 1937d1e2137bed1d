"""Constructors of assets, one per type: they know the attributes that Phoenix takes and leave out empty ones."""

import functools
import ipaddress

from scanner.model import Asset, AssetType, Tag


def infra(
    *,
    ip: str = "",
    hostname: str = "",
    fqdn: str = "",
    os: str = "",
    netbios: str = "",
    mac_address: str = "",
    network: str = "",
    tags: list[Tag] | None = None,
) -> Asset:
    return _asset(
        AssetType.INFRA,
        tags,
        ip=ip,
        hostname=hostname,
        fqdn=fqdn,
        os=os,
        netbios=netbios,
        macAddress=mac_address,
        network=network,
    )


def host(name: str, *, os: str = "", tags: list[Tag] | None = None) -> Asset:
    """An INFRA asset known by one text that is either an address or a name."""
    return infra(ip=name, os=os, tags=tags) if is_ip(name) else infra(hostname=name, os=os, tags=tags)


def web(name: str, *, tags: list[Tag] | None = None) -> Asset:
    """A WEB asset by its address or host name; `scanner.normalize.urls.site` takes it out of a URL."""
    return _asset(AssetType.WEB, tags, **{"ip" if is_ip(name) else "fqdn": name})


def cloud(
    *,
    provider: str,
    account: str,
    region: str = "",
    resource: str = "",
    account_name: str = "",
    vpc: str = "",
    subnet: str = "",
    resource_group: str = "",
    tags: list[Tag] | None = None,
) -> Asset:
    """``provider`` is AWS, AZURE or GCP in any case; AZURE needs a region."""
    return _asset(
        AssetType.CLOUD,
        tags,
        providerType=provider.upper(),
        providerAccountId=account,
        region=region,
        providerResourceId=resource,
        providerAccountName=account_name,
        vpc=vpc,
        subnet=subnet,
        resourceGroup=resource_group,
    )


def container(
    image: str,
    *,
    repository: str = "",
    origin: str = "",
    digest: str = "",
    name: str = "",
    tags: list[Tag] | None = None,
) -> Asset:
    """``image`` is the reference that was scanned; Phoenix calls it ``dockerfile``."""
    return _asset(
        AssetType.CONTAINER, tags, dockerfile=image, repository=repository, origin=origin, imageDigest=digest, imageName=name
    )


def repository(name: str, *, origin: str = "", tags: list[Tag] | None = None) -> Asset:
    return _asset(AssetType.REPOSITORY, tags, repository=name, origin=origin)


def code(source: str, *, origin: str = "", tags: list[Tag] | None = None) -> Asset:
    return _asset(AssetType.CODE, tags, scannerSource=source, origin=origin)


def build(file: str, *, repository: str = "", origin: str = "", tags: list[Tag] | None = None) -> Asset:
    return _asset(AssetType.BUILD, tags, buildFile=file, repository=repository, origin=origin)


@functools.lru_cache(65_536)
def is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _asset(type_: AssetType, tags: list[Tag] | None, **attributes: str) -> Asset:
    return Asset(type_, {name: value for name, value in attributes.items() if value}, tags or [])
