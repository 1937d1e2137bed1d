"""Replaces what identifies machines and people, consistently within a job.

The same value becomes the same replacement everywhere, in attributes and in text, so that findings stay on their assets and a
rescan under the same key finds them again; without the key it cannot be turned back.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable
from typing import Any

from scanner.errors import ScannerError
from scanner.model import Asset, Finding, Package, Tag
from scanner.normalize.passing import decoded

_IPV4 = r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)"
_IPV6 = r"(?<![0-9A-Fa-f:.])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,7}(?!:?[0-9A-Fa-f]|::)"
_MAC = r"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![:-]?[0-9A-Fa-f])"
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,24}"
_HOME = r"(?:(?<=/home/)|(?<=/Users/)|(?<=\\Users\\))[^/\\\s\"':<>|]{1,64}"
_ARN_ACCOUNT = r"(?<=:)\d{12}(?=:)"
_PATTERN = re.compile("|".join(f"({part})" for part in (_EMAIL, _MAC, _IPV4, _IPV6, _HOME, _ARN_ACCOUNT)))

_WORD = re.compile(r"[\w-]+")

_HOSTS = ("hostname", "fqdn", "netbios")
_NAMES = ("providerAccountId", "providerAccountName")


class Anonymizer:
    """``key`` is the job's: 32 bytes that nobody else knows. Memory: one entry per name that a report declares."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, str] = {}
        self._names = _Names()

    def asset(self, asset: Asset) -> Asset:
        """The asset under its replacement names; its host and account names are replaced in all text from then on."""
        attributes = dict(asset.attributes)
        for name, value in asset.attributes.items():
            if name in _HOSTS:
                attributes[name] = self._learn(value, "host")
            elif name in _NAMES:
                attributes[name] = self._learn(value, "account")
            else:
                attributes[name] = self.text(value)
        return Asset(asset.type, attributes, [Tag(self.text(tag.value), tag.key) for tag in asset.tags], asset.software)

    def finding(self, finding: Finding) -> None:
        """Replaces in place, in every text of the finding but its ids."""
        finding.name = self.text(finding.name)
        finding.description = self.text(decoded(finding.description))
        finding.remedy = self.text(decoded(finding.remedy))
        finding.location = self.text(finding.location)
        finding.details = {key: self._nested(value) for key, value in decoded(finding.details).items()}
        finding.tags = [Tag(self.text(tag.value), tag.key) for tag in finding.tags]
        # versions look like addresses (1.2.3.4), so packages keep theirs; only a name can be a person's
        finding.packages = [
            Package(self.text(package.name), package.version, package.cpe, package.fix_versions) for package in finding.packages
        ]

    def text(self, text: str) -> str:
        return _PATTERN.sub(self._replacement, self._names.replaced_in(text))

    def error(self, error: ScannerError) -> ScannerError:
        """The same error; what it quotes of the report is replaced."""
        told = (tuple(self._nested(given)) if isinstance(given, tuple) else self._nested(given) for given in error.args)
        return type(error)(*told)

    def _nested(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._nested(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._nested(inner) for inner in value]
        return value

    def _learn(self, value: str, kind: str) -> str:
        if not value:
            return value
        folded = value.casefold()
        if folded not in self._known:
            self._known[folded] = f"{kind}-{self._digest(folded).hex()[:12]}"
            if len(value) > 2:  # a name of one or two letters would be replaced inside of sentences
                self._names.learn(value, self._known[folded])
        return self._known[folded]

    def _replacement(self, match: re.Match[str]) -> str:
        return _REPLACEMENTS[match.lastindex or 1](match[0], self._digest(match[0].casefold()))

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)


class _Step:
    """What may follow the words so far: each with what stands before it; and what the words so far are replaced by."""

    __slots__ = ("following", "replacement")

    def __init__(self) -> None:
        self.following: dict[str, _Step] = {}
        self.replacement: str | None = None


class _Names:
    """Names of one or several words, in any case. Finding them takes time by the length of the text, however many they are."""

    def __init__(self) -> None:
        self._first = _Step()

    def learn(self, name: str, replacement: str) -> None:
        words = list(_WORD.finditer(name))
        step = self._first
        for before, word in zip([None, *words], words, strict=False):
            step = step.following.setdefault(_key(name, before, word), _Step())
        if words:
            step.replacement = replacement

    def replaced_in(self, text: str) -> str:
        """The text with the longest name at each place replaced; a name within a word is none."""
        if not self._first.following:
            return text
        words = list(_WORD.finditer(text))
        pieces, written, at = [], 0, 0
        while at < len(words):
            last, replacement = self._longest(text, words, at)
            if replacement is not None:
                pieces += [text[written : words[at].start()], replacement]
                written, at = words[last].end(), last
            at += 1
        return "".join((*pieces, text[written:])) if pieces else text

    def _longest(self, text: str, words: list[re.Match[str]], first: int) -> tuple[int, str | None]:
        last, replacement = first, None
        step = self._first.following.get(_key(text, None, words[first]))
        at = first
        while step is not None:
            if step.replacement is not None:
                last, replacement = at, step.replacement
            at += 1
            step = step.following.get(_key(text, words[at - 1], words[at])) if at < len(words) else None
        return last, replacement


def _key(text: str, before: re.Match[str] | None, word: re.Match[str]) -> str:
    return text[before.end() if before else word.start() : word.end()].casefold()


def _ipv4(text: str, digest: bytes) -> str:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return text
    if address.is_loopback or address.is_unspecified:
        return text
    return f"10.{digest[0]}.{digest[1]}.{digest[2]}"


def _ipv6(text: str, digest: bytes) -> str:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return text  # a time, a hash with colons
    return text if address.is_loopback else str(ipaddress.IPv6Address(b"\xfd" + digest[:15]))


_REPLACEMENTS: dict[int, Callable[[str, bytes], str]] = {
    1: lambda _, digest: f"user-{digest.hex()[:10]}@example.invalid",
    2: lambda _, digest: ":".join(f"{byte:02x}" for byte in b"\x02" + digest[:5]),
    3: _ipv4,
    4: _ipv6,
    5: lambda _, digest: f"user-{digest.hex()[:10]}",
    6: lambda _, digest: str(int.from_bytes(digest[:5]) % 10**12).zfill(12),
}
