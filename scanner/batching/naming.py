"""What to call an asset or a finding that is known only by its bytes, in a message to a person."""

import msgspec

_LONGEST_NAME = 120


class _Asset(msgspec.Struct):
    attributes: dict[str, str] = {}


class _Finding(msgspec.Struct):
    name: str = ""
    location: str = ""


def asset_name(encoded: bytes) -> str:
    """The attributes of an asset, as ``hostname=db1 ip=10.0.0.1``."""
    attributes = msgspec.json.decode(encoded, type=_Asset).attributes
    return _shortened("asset " + " ".join(f"{name}={value}" for name, value in attributes.items()))


def finding_name(encoded: bytes) -> str:
    """The name and location of a finding, as ``finding CVE-2024-1 at openssl@3.0.1``."""
    finding = msgspec.json.decode(encoded, type=_Finding)
    place = f" at {finding.location}" if finding.location else ""
    return _shortened(f"finding {finding.name}{place}")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
