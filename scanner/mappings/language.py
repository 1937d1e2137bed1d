"""What may stand in a mapping: the types that its YAML is read into. docs/mappings.md explains them to those who write one."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from scanner.model import AssetType
from scanner.normalize.dismissal import Dismissal

Scalar = str | int | float | bool
Table = dict[str, Scalar]
"""A word, in any case, → what it stands for."""


class Operation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Makes one value of others. Exactly one of the keys of `OPERATIONS` stands in it, beside those that it takes."""

    text: Scalar | None = None
    """These words, wherever the record says."""
    first: "list[Expression] | None" = None
    """The first of these that says anything."""
    join: "list[Expression] | None" = None
    """All of these that say anything, with ``with`` between them; ``once`` leaves out what stands there already."""
    with_: str = msgspec.field(name="with", default=" ")
    once: bool = False
    template: str | None = None
    """A text with paths in braces, or names of ``values``; it is empty where one of them is."""
    values: "dict[str, Expression]" = {}
    lookup: "Expression | None" = None
    """What the table ``in`` has for a word, else ``default``."""
    in_: Table | str | None = msgspec.field(name="in", default=None)
    """The table, or the name of one of the mapping's ``tables``."""
    default: "Expression | None" = None
    split: "Expression | None" = None
    """The parts of a text, cut ``at`` a string."""
    at: str = ","
    pattern: str | None = None
    """A regular expression (RE2) that is searched for in ``of``: its first group, or all of it; with ``all`` every match."""
    of: "Expression | None" = None
    """What ``pattern``, ``prefix`` or ``hidden`` are about."""
    all: bool = False
    file: "Expression | None" = None
    """A path without the folder in which a CI system has checked the repository out."""
    date: "Expression | None" = None
    """A date in any spelling, as ISO 8601 in UTC."""
    plain: "Expression | None" = None
    """HTML as text."""
    short: "Expression | None" = None
    """The first ``characters`` of a text."""
    characters: Annotated[int, msgspec.Meta(ge=1)] = 12
    masked: "Expression | None" = None
    """A secret: its first three characters and its length."""
    hidden: "Expression | None" = None
    """These secrets, masked wherever they stand in the text ``of``."""
    site: "Expression | None" = None
    """The host name or address in a URL."""
    prefix: str | None = None
    """These words before each text ``of``, unless it begins with them already."""
    when: "Condition | None" = None
    """``then`` where this holds, else ``else``; one that is left out says nothing."""
    then: "Expression | None" = None
    else_: "Expression | None" = msgspec.field(name="else", default=None)

    def __post_init__(self) -> None:
        found = [name for name in OPERATIONS if getattr(self, name) is not None]
        if len(found) != 1:
            raise ValueError(f"an operation is one of {', '.join(OPERATIONS)}; here are {' and '.join(found) or 'none'}")
        if self.lookup is not None and self.in_ is None:
            raise ValueError("lookup needs the table to look in: in")
        if (self.pattern, self.prefix, self.hidden) != (None, None, None) and self.of is None:
            raise ValueError(f"{self.name} needs the text that it is about: of")
        if self.when is not None and self.then is None and self.else_ is None:
            raise ValueError("when needs what is meant where it holds: then, or else")

    @property
    def name(self) -> str:
        """Which of `OPERATIONS` it is."""
        return next(name for name in OPERATIONS if getattr(self, name) is not None)


OPERATIONS = (
    *("text", "first", "join", "template", "lookup", "split", "pattern", "file"),
    *("date", "plain", "short", "masked", "hidden", "site", "prefix", "when"),
)

Expression = str | Operation | list[str | Operation]
"""A path into the record, an operation, or several of these where a list is wanted."""


class Condition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whether a value is one of some words, matches a pattern, or is there at all. Words are compared without case."""

    value: Expression
    is_: list[Scalar] | None = msgspec.field(name="is", default=None)
    not_: list[Scalar] | None = msgspec.field(name="not", default=None)
    matches: str | None = None
    not_matches: str | None = None
    """It is there, and does not match."""
    there: bool | None = None

    def __post_init__(self) -> None:
        if sum(test is not None for test in (self.is_, self.not_, self.matches, self.not_matches, self.there)) != 1:
            raise ValueError("a condition has one of is, not, matches, not_matches, there")


class Dismissing(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Records that a tool or a team has put aside."""

    reason: Dismissal
    when: Condition | None = None
    """Left out: all of the kind are."""
    note: Expression | None = None


class Rating(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The tool's word on its own scale, then CVSS: scores and vectors in the order in which they count."""

    word: Expression | None = None
    scale: Table | str | None = None
    """Word → 1 to 10, or critical, high, medium, low, info, unrated."""
    vector: Expression | None = None
    score: Expression | None = None


class PackageMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    name: Expression
    version: Expression | None = None
    fixed: Expression | None = None
    cpe: Expression | None = None


class FindingMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The parts of a finding. Only ``name`` has to say something in every record."""

    name: Expression
    severity: str | Rating = msgspec.field(default_factory=Rating)
    location: Expression | None = None
    description: Expression | None = None
    remedy: Expression | None = None
    ids: Expression | None = None
    cwes: Expression | None = None
    published: Expression | None = None
    package: PackageMapping | None = None
    details: dict[str, Expression] = {}
    tags: dict[str, Expression] = {}


_KINDS = ("infra", "host", "web", "cloud", "container", "repository", "code", "build")


class AssetMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of asset with its attributes; the names are those of the functions in `scanner.assets`. Or one or the other."""

    when: "Condition | None" = None
    """``then`` where this holds, else ``else``."""
    then: "AssetMapping | None" = None
    else_: "AssetMapping | None" = msgspec.field(name="else", default=None)
    infra: dict[str, Expression] | None = None
    host: dict[str, Expression] | None = None
    web: dict[str, Expression] | None = None
    cloud: dict[str, Expression] | None = None
    container: dict[str, Expression] | None = None
    repository: dict[str, Expression] | None = None
    code: dict[str, Expression] | None = None
    build: dict[str, Expression] | None = None

    def __post_init__(self) -> None:
        if len(list(self.kinds())) != (self.when is None):
            raise ValueError(f"an asset is one of {', '.join(_KINDS)}, or has when, then and else")
        if (self.when is None) is not (self.then is None) or (self.then is None) is not (self.else_ is None):
            raise ValueError("an asset that depends on something has when, then and else")

    def kinds(self) -> Iterator[tuple[str, dict[str, Expression]]]:
        for name in _KINDS:
            attributes = getattr(self, name)
            if attributes is not None:
                yield name, attributes


class Failure(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The tool did not get to look, and says so. Paths are those of the report, or of the record that says it."""

    when: Condition
    and_: Condition | None = msgspec.field(name="and", default=None)
    says: Expression
    partly: bool = False
    """Of a report: the rest was looked at. Else one without records is refused, with these words."""


class RecordMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of record."""

    finding: FindingMapping
    asset: AssetMapping
    at: str = ""
    """Where the records stand. JSON: a path that ends with ``[]`` or ``.*``; XML: the name of their element."""
    optional: bool = False
    """Reports need not have the list of them. Else one without it is taken for that of a scan that failed."""
    failed: list[Failure] = []
    """Records by which the tool says that it could not look there: told as skipped, with its words."""
    drop: list[Condition] = []
    """Records that are no findings: where any of these holds."""
    state: Expression | None = None
    """A word for what became of the finding, of those that `scanner.normalize.dismissal` knows."""
    dismissed: list[Dismissing] = []


class JsonRecognition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    keys: list[str] = []
    any_of: list[list[str]] = []
    values: dict[str, str] = {}
    root: Literal["object", "array"] | None = None

    def __post_init__(self) -> None:
        for path in (*self.keys, *self.values, *(path for group in self.any_of for path in group)):
            if path.count("*") > 1:  # each more is a factor in how long a long key is looked at
                raise ValueError(f"{path!r} has more than one *")


class XmlRecognition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    root: str
    namespace: str = ""
    elements: list[str] = []
    text: list[str] = []


class CsvRecognition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    header: list[str]
    any_of: list[list[str]] = []
    text: list[str] = []


class DocumentMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="shape"):
    """Lists of records within one document."""

    records: list[RecordMapping]
    failed: list[Failure] = []
    absent_is_clean: bool = False
    """All kinds of record are optional."""


class JsonMapping(DocumentMapping, kw_only=True, forbid_unknown_fields=True, tag_field="shape", tag="json"):
    recognise: JsonRecognition


class YamlRecognition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    keys: Annotated[list[str], msgspec.Meta(min_length=1)]
    """Of the outermost mapping."""
    inner: list[str] = []
    """At any depth."""
    values: dict[str, str] = {}


class YamlMapping(DocumentMapping, kw_only=True, forbid_unknown_fields=True, tag_field="shape", tag="yaml"):
    """The same of YAML: paths are those of the JSON that it could have been."""

    recognise: YamlRecognition


class LinesMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="shape", tag="lines"):
    """Records one after the other: a line each, or in one array, or a single one."""

    recognise: JsonRecognition
    record: RecordMapping
    empty: bool = False
    """The tool writes an empty file when it finds nothing."""


class CsvMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="shape", tag="csv"):
    recognise: CsvRecognition
    record: RecordMapping


class XmlMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="shape", tag="xml"):
    recognise: XmlRecognition
    records: Annotated[list[RecordMapping], msgspec.Meta(min_length=1)]
    cut: str = ""
    """The element at which a large report may be cut, where records need nothing that stands between them."""
    looked: str = ""
    """The element without which a report does not say that anything was looked at."""


class TextRecognition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    text: list[str] = []


class TextMapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="shape", tag="text"):
    """Text with a record on each line. Paths are names of groups."""

    line: str
    """A pattern with named groups (RE2) that a record's line matches, as half of the first lines have to."""
    record: RecordMapping
    recognise: TextRecognition = msgspec.field(default_factory=TextRecognition)
    ignored: str = ""
    """A pattern for lines that are no records; any other that ``line`` does not match is told as skipped."""
    empty: bool = False
    """The tool writes an empty file when it finds nothing."""


VariantMapping = JsonMapping | YamlMapping | LinesMapping | CsvMapping | XmlMapping | TextMapping


class Mapping(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A format."""

    slug: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
    """Small letters, digits and ``_``."""
    scanner: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    asset_type: AssetType
    variants: list[VariantMapping]
    names: list[str] = []
    aliases: list[str] = []
    tables: dict[str, Table] = {}
    records: dict[str, RecordMapping] = {}
    """Kinds of record that several variants have. One that is ``like`` such a kind has its keys, but for those that it says
    itself; `scanner.mappings.source` fills them in."""
    is_exchanged: bool = False
    """Any tool may write it."""
    produce: str = ""
    """The command, or the way through the product's menus, that writes such a report."""
    sources: list[str] = []
    """Addresses of the schema, source or documentation that the mapping was made from."""
