"""A request body against the rules of the API: a request to apply, or every reason against it. Pure."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

import msgspec

from scanner.model import DESCRIBING, IDENTIFYING, Asset, AssetType, finding_identity, missing_attributes
from scanner.phoenix.sandbox.body import AssetBody, FindingBody, ImportBody, TagsBody
from scanner.phoenix.sandbox.errors import BodyRefusedError, BodyTooLargeError
from scanner.phoenix.sandbox.refusal import REFUSALS_SHOWN, Refusal, explain, located
from scanner.phoenix.sandbox.request import Assessment, ImportedAsset, ImportRequest

_IMPORT = msgspec.json.Decoder(ImportBody)
_ASSET = msgspec.json.Decoder(AssetBody)
_FINDING = msgspec.json.Decoder(FindingBody)
_TAGS = msgspec.json.Decoder(TagsBody)
_Body = TypeVar("_Body", bound=msgspec.Struct)
_CWE = re.compile(r"CWE-\d+\Z", re.IGNORECASE)


def read_import(body: bytes, *, max_assets: int | None = None) -> ImportRequest:
    """The request in the body of ``POST /v1/import/assets``; holds no reference to `body`.

    :raises BodyRefusedError: the body breaks a rule; the first `REFUSALS_SHOWN` places are named.
    :raises BodyTooLargeError: more than `max_assets` assets.
    """
    head = _decode(body, _IMPORT, ImportBody)
    if max_assets is not None and len(head.assets) > max_assets:
        raise BodyTooLargeError("assets", max_assets, len(head.assets))
    refusals: list[Refusal] = []
    assets = []
    for number, document in enumerate(head.assets):
        assets.append(_read_asset(document, head.assessment.asset_type, f"$.assets[{number}]", refusals))
        if len(refusals) >= REFUSALS_SHOWN:
            break
    if refusals:
        raise BodyRefusedError(tuple(refusals[:REFUSALS_SHOWN]))
    assessment = Assessment(head.assessment.name, head.assessment.asset_type)
    return ImportRequest(head.import_type, assessment, tuple(asset for asset in assets if asset is not None))


def read_tags(body: bytes) -> TagsBody:
    """The body of ``PUT /v1/assets/tags``.

    :raises BodyRefusedError: the body breaks a rule.
    """
    return _decode(body, _TAGS, TagsBody)


def _decode(body: bytes, decoder: msgspec.json.Decoder[_Body], kind: type[_Body]) -> _Body:
    try:
        body.decode()  # parts that are left raw would let bytes pass that are no text
        return decoder.decode(body)
    except UnicodeDecodeError as error:
        raise BodyRefusedError((Refusal("$", f"not UTF-8: {error.reason} at byte {error.start}"),)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        refusals = tuple(islice(explain(body, kind, "$"), REFUSALS_SHOWN))
        raise BodyRefusedError(refusals or (located(error, "$"),)) from error


def _read_asset(document: msgspec.Raw, asset_type: AssetType, path: str, refusals: list[Refusal]) -> ImportedAsset | None:
    try:
        asset = _ASSET.decode(document)
    except (msgspec.DecodeError, RecursionError) as error:
        refusals.extend(_explained(document, AssetBody, path, error))
        return None
    refusals.extend(_attribute_refusals(asset_type, asset.attributes, f"{path}.attributes"))
    findings: dict[bytes, bytes] = {}
    for number, record in enumerate(asset.findings):
        try:
            finding = _FINDING.decode(record)
        except (msgspec.DecodeError, RecursionError) as error:
            refusals.extend(_explained(record, FindingBody, f"{path}.findings[{number}]", error))
        else:
            references = finding.reference_ids or []
            if references or finding.cwes:
                refusals.extend(_id_refusals(finding, f"{path}.findings[{number}]"))
            findings[finding_identity(finding.name, finding.location, references)] = bytes(record)
        if len(refusals) >= REFUSALS_SHOWN:
            return None
    software = None if asset.installed_software is msgspec.UNSET else tuple(asset.installed_software)
    key = Asset(asset_type, asset.attributes).key()
    return ImportedAsset(key, asset.attributes, tuple(asset.tags), software, findings)


def _explained(document: msgspec.Raw, kind: type[msgspec.Struct], path: str, error: Exception) -> list[Refusal]:
    return list(islice(explain(document, kind, path), REFUSALS_SHOWN)) or [located(error, path)]


def _attribute_refusals(asset_type: AssetType, attributes: dict[str, str], path: str) -> Iterator[Refusal]:
    known = IDENTIFYING[asset_type] + DESCRIBING[asset_type]
    for name in attributes:
        if name not in known:
            reason = f"no attribute of {asset_type}, which has {', '.join(known)}; a request carries assets of one type"
            yield Refusal(f"{path}.{name}", reason)
    if missing := missing_attributes(asset_type, attributes):
        yield Refusal(path, f"{asset_type} needs {missing}")


def _id_refusals(finding: FindingBody, path: str) -> Iterator[Refusal]:
    references, cwes = finding.reference_ids or [], finding.cwes or []
    for name, ids in (("referenceIds", references), ("cwes", cwes)):
        if len(set(ids)) != len(ids):
            twice = sorted({value for value in ids if ids.count(value) > 1})
            yield Refusal(f"{path}.{name}", f"each id once; more than once: {', '.join(twice)}")
    for number, reference in enumerate(references):
        if _CWE.match(reference):
            yield Refusal(f"{path}.referenceIds[{number}]", f"{reference} belongs in cwes")
