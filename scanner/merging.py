"""Findings that Phoenix would take for one: the gravest is sent, with what the others say beside it.

Phoenix knows a finding of an asset by name, location and reference ids. Of two that share these the second would overwrite the
first, and what the first said would be lost.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any

import msgspec

from scanner.normalize.severity import ORIGINAL, RATED_NOWHERE, UNRATED, bands, first_rated, severity
from scanner.set_aside import Kept, MergedRecord, shortened

MOST_MERGED = 50
"""What so many others say is kept; of more only their number."""
MERGED_BYTES = 64_000
"""And no more than this of it: a finding has to fit a request."""

_encode = msgspec.json.Encoder().encode
_UNITED = ("cwes", "packages", "tags")
_COMPARED = ("severity", "description", "remedy", "publishedDateTime")

_Encoded = dict[str, Any]
MOST_TOLD = 10
"""Differences that a record of a merged finding tells."""


class Reason(StrEnum):
    """Why a finding is not the one of its identity that is sent."""

    IDENTICAL = "identical"
    """It says nothing else."""
    LESS_SEVERE = "less_severe"
    PUT_ASIDE = "put_aside"
    """It was dismissed, and the other is open."""
    LATER = "later"
    """It is as grave, and the other one comes first."""


class Ratings(msgspec.Struct, frozen=True):
    """How so many findings are rated: by band, and nowhere."""

    unrated: int = 0
    severities: dict[str, int] = {}


class Told(Kept[MergedRecord]):
    """The first of the findings that others stand for; and of all of them how the report rates them."""

    def __init__(self) -> None:
        super().__init__()
        self._rated: Counter[float] = Counter()
        self._unrated = 0

    @property
    def ratings(self) -> Ratings:
        return Ratings(self._unrated, bands(self._rated))

    def rate(self, finding: _Encoded) -> None:
        if finding.get("details", {}).get("rating") == RATED_NOWHERE:
            self._unrated += 1
            return
        *_, last = finding.get("tags") or [{}]
        original = severity(last["value"]) if last.get("key") == ORIGINAL else UNRATED
        self._rated[first_rated(original, finding["severity"])] += 1


class Distinct:
    """The findings of one asset, each identity once. Memory: the findings, and two numbers for each.

    ``findings`` is the list that they are kept in; of those that share an identity it has the first until `findings` is asked.
    """

    def __init__(self, findings: list[bytes] | None = None) -> None:
        self._findings: list[bytes] = [] if findings is None else findings
        self._places: dict[int, int] = {}
        """By a hash of 64 bits of the identity, seeded by the process."""
        self._others: dict[int, list[bytes]] = {}
        """By place, what is known by the same identity."""
        self.merged = 0
        """Findings that another one stands for."""

    def add(self, findings: Sequence[bytes], identities: Sequence[str]) -> None:
        """``identities`` go with ``findings``, one each."""
        digests = [*map(hash, identities)]
        unique = set(digests)
        first = len(self._findings)
        if len(unique) == len(findings) and self._places.keys().isdisjoint(unique):  # as nearly always
            self._findings += findings
            self._places.update(zip(digests, range(first, first + len(findings)), strict=True))
            return
        for finding, digest in zip(findings, digests, strict=True):
            place = self._places.setdefault(digest, len(self._findings))
            if place == len(self._findings):
                self._findings.append(finding)
            else:
                self._others.setdefault(place, []).append(finding)
                self.merged += 1

    def findings(self, asset: str, told: Told) -> list[bytes]:
        """All of them: where the first of each identity stood, one for all that share it. ``told`` is told of the others."""
        for place, others in self._others.items():
            self._findings[place] = merged([self._findings[place], *others], asset, told)
        self._others.clear()
        return self._findings


def merged(findings: Sequence[bytes], asset: str, told: Told) -> bytes:
    """One finding for all of these, of equally grave ones the first; what was put aside never stands for what is open.

    Its weaknesses and packages are those of all; under ``merged`` its details have what each of the others says differently.
    ``told`` is told of the others.
    """
    decoded = {finding: msgspec.json.decode(finding) for finding in dict.fromkeys(findings)}
    first = max(decoded, key=lambda finding: (not _is_dismissed(decoded[finding]), decoded[finding]["severity"]))
    kept = decoded[first]
    differences = {finding: _difference(kept, other) for finding, other in decoded.items()}
    others = [*findings]
    others.remove(first)
    for other in others:
        told.rate(decoded[other])
    told.add_all(_record(asset, kept, decoded[other], differences[other]) for other in others[: told.room])
    return first if len(decoded) == 1 else _united(kept, [*decoded.values()], [said for said in differences.values() if said])


def _united(kept: _Encoded, findings: Sequence[_Encoded], differences: Sequence[_Encoded]) -> bytes:
    alike = [kept, *(other for other in findings if other is not kept and _is_dismissed(other) == _is_dismissed(kept))]
    for name in _UNITED:
        if values := [value for finding in alike for value in finding.get(name, ())]:
            kept[name] = list({_encode(value): value for value in values}.values())
    if differences:
        shown = list(_within(differences))
        besides = {"mergedBesides": len(differences) - len(shown)} if len(shown) < len(differences) else {}
        kept["details"] = {**kept.get("details", {}), "merged": shown, **besides}
    return _encode(kept)


def _record(asset: str, kept: _Encoded, other: _Encoded, difference: _Encoded) -> MergedRecord:
    differs = {shortened(name): _as_text(value) for name, value in islice(difference.items(), MOST_TOLD)}
    name, location = shortened(kept["name"]), shortened(kept.get("location", ""))
    return MergedRecord(shortened(asset), name, location, _reason(kept, other), differs)


def _reason(kept: _Encoded, other: _Encoded) -> Reason:
    if other is kept:
        return Reason.IDENTICAL
    if _is_dismissed(other) and not _is_dismissed(kept):
        return Reason.PUT_ASIDE
    return Reason.LESS_SEVERE if other["severity"] < kept["severity"] else Reason.LATER


def _as_text(value: Any) -> str:
    return shortened(value if isinstance(value, str) else _encode(value).decode())


def _is_dismissed(finding: _Encoded) -> bool:
    return any(tag.get("key") == "dismissed" for tag in finding.get("tags", ()))


def _difference(kept: _Encoded, other: _Encoded) -> _Encoded:
    """What the other says that the kept one does not."""
    said = {name: other[name] for name in _COMPARED if other.get(name) != kept.get(name) and name in other}
    known = kept.get("details", {})
    return said | {name: value for name, value in other.get("details", {}).items() if known.get(name) != value}


def _within(told: Iterable[_Encoded]) -> Iterator[_Encoded]:
    """The first of them, as many as may be kept."""
    room = MERGED_BYTES
    for number, said in enumerate(told):
        room -= len(_encode(said))
        if number == MOST_MERGED or room < 0:
            return
        yield said
