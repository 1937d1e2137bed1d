"""How a format is declared: data and pure functions; the engine does all reading.

A module of `scanner.formats` exports one value, ``FORMAT``. A format has one variant per physical shape that its scanner has
shipped (JSON and CSV, version 1 and 2); each variant is recognised by its signature and turned into findings record by record.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from lxml import etree

from scanner.model import Asset, AssetType, Dismissed, Finding, Located, Occurrence
from scanner.signatures import CsvSignature, JsonSignature, TextSignature, XmlSignature

Part = Finding | Occurrence | Dismissed | Located

Translated = Part | Iterable[Part] | None
"""What a record becomes. ``None``: the record is no finding (a passed check). A bare finding, occurrence or dismissed finding
belongs to the asset of its section. A record that cannot be translated raises `scanner.errors.RecordError`; any other
exception counts as the same, with its text."""


@dataclass(frozen=True, slots=True)
class Section:
    """Records of a report that share a context, still undecoded."""

    records: Sequence[msgspec.Raw] | Iterable[Any]
    translate: Callable[[Any, Any], Translated]
    record: Any = None
    """Type that each raw record is decoded into; None where ``records`` are objects already (small, irregular reports)."""
    asset: Asset | None = None
    """Where bare findings belong; counts as scanned even without any."""
    context: Any = None
    """Second argument of ``translate``. Travels with every shard of the section: keep it small."""
    first: int = 0
    """Index of the first record, where the section is a part of a larger one."""
    failure: str = ""
    """What the tool says of not having looked here. Such a part is skipped with these words; where no other part of the report
    is good the report is refused: taken for clean, it would close what earlier scans have found."""
    place: str | Callable[[], str] = ""
    """Where the records stand in the report, for messages: ``Results[3].Vulnerabilities``; a function says where it is now."""


@dataclass(frozen=True, slots=True)
class JsonVariant:
    """A JSON document: ``envelope`` is decoded leaving records as `msgspec.Raw`, ``sections`` says which belong together."""

    signature: JsonSignature
    envelope: Any
    sections: Callable[[Any], Iterator[Section]]


@dataclass(frozen=True, slots=True)
class JsonLinesVariant:
    """One JSON record after the other: one per line, or in one array, or a single one. Signature paths are the record's."""

    signature: JsonSignature
    record: Any
    translate: Callable[[Any, None], Translated]
    empty: bool = False
    """The scanner writes an empty file when it finds nothing."""


Tables = Mapping[str, Sequence[etree._Element]]


@dataclass(frozen=True, slots=True)
class Repeated:
    """An element whose content a report repeats but for some children: it is parsed once, and those children every time."""

    name: str
    """As it is written; elements with a prefix are not taken for repetitions."""
    varying: tuple[str, ...]
    """The children that say something of the single occurrence, by local name, as all attributes may do."""
    known: Callable[[etree._Element], Any]
    """What to remember of the others. Must not look at attributes and varying children, nor at what is around the element."""


@dataclass(frozen=True, slots=True)
class XmlVariant:
    """An XML document with a repeating element. Names are local names; namespaces do not matter.

    ``translate`` gets each complete ``record`` element; its ancestors are reachable with ``getparent()`` or `iterancestors`,
    with their attributes and with what stood in them before the record, unless it was a record too.
    """

    signature: XmlSignature
    record: str | tuple[str, ...]
    translate: Callable[[etree._Element, Any], Translated]
    """Its second argument are the `Tables`, or what ``index`` has made of them; with ``repeated`` a function from each such
    element to what is known of it. Of the element itself only attributes and varying children can be relied on."""
    tables: tuple[str, ...] = ()
    """Elements that all records need wherever they stand (a glossary at the end): collected in a first pass, by local name.
    A report with tables is translated in one task."""
    index: Callable[[Tables], Any] | None = None
    """Makes of the tables, once, what records are looked up in."""
    repeated: Repeated | None = None
    """Within a record, or the record itself. Not together with ``tables``."""
    shard: str | None = None
    """The element at which a large report may be cut: all of them have one parent, and records need nothing that stands
    between them. None: the report is read in one task."""
    looked: str | None = None
    """The element without which a report says nothing of having looked (one that holds but the settings of a scan)."""


@dataclass(frozen=True, slots=True)
class CsvVariant:
    """Rows under a header, possibly after lines of preamble."""

    signature: CsvSignature
    record: type[msgspec.Struct]
    """Its fields are ``str`` with default ``""``, as missing columns stay empty, or structs of such fields: cells that rows
    repeat (of a plugin, of a host). Rows in which these are the same share one object, which may remember what it was made
    into; a ``Struct`` with ``dict=True`` can have a ``cached_property``."""
    translate: Callable[[Any, None], Translated]
    columns: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Field of ``record`` → title or titles of its column, case and outer spaces ignored; a field that is not named here has
    the column of its own name, with ``_`` for spaces."""
    together: tuple[str, ...] = ()
    """Fields of ``record``: neighbouring rows that are equal in all of them are one record, and ``translate`` gets the tuple of
    them (tools write one row per CVE of a finding)."""


@dataclass(frozen=True, slots=True)
class WholeVariant:
    """A document that only makes sense as a whole (HTML, a binary archive); at most ``max_bytes`` are read into memory."""

    signature: TextSignature | XmlSignature | JsonSignature
    translate: Callable[[bytes], Iterable[Finding | Located]]
    max_bytes: int = 128_000_000


Variant = JsonVariant | JsonLinesVariant | XmlVariant | CsvVariant | WholeVariant


@dataclass(frozen=True, slots=True)
class Format:
    slug: str
    """What clients send as ``scanner_type``; the module's name."""
    scanner: str
    """The product, as its vendor writes it."""
    asset_type: AssetType
    """What its assets usually are; each record may say otherwise."""
    variants: tuple[Variant, ...]
    names: tuple[str, ...] = ()
    """Titles by which other tools know the format (``Trivy Scan``)."""
    aliases: tuple[str, ...] = ()
    """Common short names (``grype``)."""
