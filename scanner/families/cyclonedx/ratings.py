"""Which of the ratings of a vulnerability counts.

The source that reported it is asked first (a rating without a source is its own), then the NVD, then all others, of which the
gravest counts. Of one source the newest version of CVSS counts. Trivy chooses alike for its JSON.
"""

from collections.abc import Iterable

from scanner.families.cyclonedx.model import Rating, Score, Vulnerability
from scanner.normalize.severity import UNRATED, by_score, cvss_score, first_rated, is_rated, severity

_NVD = "nvd"
_WORDS_FOR_NOTHING = frozenset(("", "unknown", "none"))
_OWN_WORD = 6
_VERSIONS = {"cvssv4": 5, "cvssv31": 4, "cvssv3": 3, "cvssv2": 2}
_UNKNOWN_VERSION = 1
_NO_CVSS = 0
_OTHER_SCORES = frozenset(("epss",))
"""Sources whose numbers are no severities, whatever they call their method."""


def rating(vulnerability: Vulnerability) -> float:
    """`UNRATED` where nothing in the document rates it."""
    ratings = vulnerability.ratings or []
    reporter = _named(vulnerability.source.name if vulnerability.source else None)
    own = [each for each in ratings if (source := _source(each)) == reporter or not source]
    nvd = [each for each in ratings if _source(each) == _NVD]
    return first_rated(_newest(own), _newest(nvd), _gravest(ratings))


def _source(rating: Rating) -> str:
    return _named(rating.source.name if rating.source else None)


def _named(name: str | None) -> str:
    return (name or "").strip().casefold()


def _newest(ratings: Iterable[Rating]) -> float:
    """The gravest of those of the newest version that say anything."""
    rated = [(_version(rating), severity) for rating in ratings if is_rated(severity := _severity(rating))]
    return max(rated)[1] if rated else UNRATED


def _gravest(ratings: Iterable[Rating]) -> float:
    """Of each source the newest."""
    sources: dict[str, list[Rating]] = {}
    for rating in ratings:
        sources.setdefault(_source(rating), []).append(rating)
    return max((rated for each in sources.values() if is_rated(rated := _newest(each))), default=UNRATED)


def _version(rating: Rating) -> int:
    method = (rating.method or "").casefold()
    if method:
        return _VERSIONS.get(method, _NO_CVSS)
    vector = (rating.vector or "").upper()
    versions = {"CVSS:4": 5, "CVSS:3.1": 4, "CVSS:3": 3, "AV:": 2}
    known = next((version for prefix, version in versions.items() if vector.startswith(prefix)), None)
    return known if known is not None else _OWN_WORD if rating.severity else _UNKNOWN_VERSION


def _severity(rating: Rating) -> float:
    """Its word, else its score or vector, where these are of CVSS: the numbers of other methods have scales of their own."""
    word = _named(rating.severity)
    said = UNRATED if word in _WORDS_FOR_NOTHING else severity(word)
    if is_rated(said) or _version(rating) == _NO_CVSS or _source(rating) in _OTHER_SCORES:
        return said
    return first_rated(_score(rating), by_score(cvss_score(rating.vector)))


def _score(rating: Rating) -> float:
    match rating.score:
        case Score(base=base):
            return by_score(base)
        case str() as text:
            return severity(text)
        case number:
            return by_score(number)
