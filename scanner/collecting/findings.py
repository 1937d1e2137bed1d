"""A finding as Phoenix takes it: repaired, its ids in one order, and known by one text."""

import functools

from scanner.fixing import Fixer
from scanner.model import Finding
from scanner.normalize import passing
from scanner.normalize.identifiers import cwes
from scanner.normalize.severity import INFO, RATED_NOWHERE


class Preparation:
    """Remembers which CWE ids need not be looked at again."""

    def __init__(self) -> None:
        self._spelled: set[str] = set()

    def prepare(self, finding: Finding, fixer: Fixer) -> str:
        """Repairs in place, and sorts ids; those that are not of weaknesses as one text."""
        if finding.severity != finding.severity:
            say(finding, rating=RATED_NOWHERE)
            finding.severity = INFO
        fixer.finding(finding)
        ids = finding.reference_ids
        known_as = ids[0] if ids else ""
        if len(ids) > 1 or known_as.startswith("CWE-"):
            finding.reference_ids, misplaced, known_as = _parted(tuple(ids))
            if misplaced:
                finding.cwes = [*finding.cwes, *misplaced]
        weaknesses = finding.cwes
        if weaknesses and (len(weaknesses) > 1 or weaknesses[0] not in self._spelled):
            finding.cwes = cwes(weaknesses)
            self._spelled.update(finding.cwes)
        return known_as


@functools.lru_cache(4096)
def _parted(ids: tuple[str, ...]) -> tuple[list[str], list[str], str]:
    """Reference ids, each once; the CWEs among them, which belong elsewhere; the former as one text, whatever their order."""
    each = dict.fromkeys(id_ for id_ in ids if id_)
    weaknesses = [id_ for id_ in each if id_.startswith("CWE-")]
    references = [id_ for id_ in each if id_ not in weaknesses]
    return references, weaknesses, "\0".join(sorted(references))


def say(finding: Finding, **facts: str) -> None:
    """Adds to its details."""
    finding.details = passing.details(passing.members(finding.details), passing.members(facts))
