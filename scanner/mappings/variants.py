"""Each shape's part of a mapping → the variant that the engine runs."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from scanner.errors import RecordError
from scanner.families.scanned import failed
from scanner.mappings.columns import Columns
from scanner.mappings.elements import ElementPaths
from scanner.mappings.errors import within
from scanner.mappings.expressions import Expressions, Held, Paths
from scanner.mappings.findings import MakeAsset, MakeFinding, failing, make_asset, make_finding
from scanner.mappings.groups import GroupPaths
from scanner.mappings.json_paths import Envelope, JsonPaths, ReportPaths, levels, named_levels
from scanner.mappings.language import (
    CsvMapping,
    DocumentMapping,
    Failure,
    JsonMapping,
    JsonRecognition,
    LinesMapping,
    Mapping,
    RecordMapping,
    TextMapping,
    XmlMapping,
    YamlMapping,
)
from scanner.mappings.paths import Step, parse_path, spelled
from scanner.model import Asset, Dismissed, Finding, Located
from scanner.section import Section
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant
from scanner.shapes.shape import Variant
from scanner.shapes.text import LineSignature, TextVariant
from scanner.shapes.text.patterns import compiled
from scanner.shapes.xml import XmlSignature, XmlVariant
from scanner.shapes.yaml import YamlSignature, YamlVariant

Remade = tuple[Callable[..., "Translator"], tuple[Any, ...]]
"""What another process calls, with what, for the same translator: functions made from data have no name to find them by."""
_NO_WORDS = "the tool says that it failed"

Origin = Callable[[int], Remade]
"""That of a kind of record, by its number."""


Made = tuple[Variant[Any], list["Translator"]]


class Translator:
    """Makes of a record what it is; the second argument are the values around it, which its section has."""

    __slots__ = ("_asset", "_decode", "_finding", "_origin", "section_asset")

    def __init__(self, finding: MakeFinding, asset: MakeAsset, origin: Remade) -> None:
        self._finding, self._origin = finding, origin
        self._asset: MakeAsset | None = asset
        self._decode: Callable[[Any], Any] | None = None
        self.section_asset: Callable[[Any], Asset] | None = None
        """The asset of all records of a section, by its context; None where each record names its own."""

    def decoding(self, type_: Any) -> "Translator":
        """The records arrive as bytes of JSON."""
        self._decode = msgspec.json.Decoder(type_).decode
        return self

    def below_one_asset(self) -> "Translator":
        """No record says anything of the asset."""
        asset, self._asset = self._asset, None
        assert asset is not None
        self.section_asset = lambda context: asset(None, context)
        return self

    def __call__(self, record: Any, context: Any) -> Finding | Dismissed | Located | None:
        if self._decode is not None:
            record = self._decode(record)
        finding = self._finding(record, context)
        if finding is None or self._asset is None:
            return finding
        return Located(self._asset(record, context), finding)

    def __reduce__(self) -> Remade:
        return self._origin


class ByElement:
    """What each kind of element becomes, by its local name."""

    __slots__ = ("_translators",)

    def __init__(self, translators: dict[str, Translator]) -> None:
        self._translators = translators

    def __call__(self, record: Any, context: Any) -> Finding | Dismissed | Located | None:
        return self._translators[record.tag.rpartition("}")[2]](record, context)


def make_variant(mapping: Mapping, number: int, origin: Origin) -> Made:
    """The variant and the translators of its kinds of record. Raises `scanner.mappings.errors.MeaninglessError`."""
    maker = _Maker(mapping, origin)
    with within("variants"), within(number):
        match mapping.variants[number]:
            case JsonMapping() as variant:
                return maker.json(variant)
            case YamlMapping() as variant:
                return maker.yaml(variant)
            case LinesMapping() as variant:
                return maker.lines(variant)
            case CsvMapping() as variant:
                return maker.csv(variant)
            case XmlMapping() as variant:
                return maker.xml(variant)
            case TextMapping() as variant:
                return maker.text(variant)


class _Maker:
    def __init__(self, mapping: Mapping, origin: Origin) -> None:
        self._mapping, self._origin = mapping, origin

    def json(self, mapping: JsonMapping) -> Made:
        envelope, sections, translators = self._document(mapping)
        return JsonVariant(_json_signature(mapping.recognise), envelope, sections), translators

    def yaml(self, mapping: YamlMapping) -> Made:
        envelope, sections, translators = self._document(mapping)
        recognise = mapping.recognise
        signature = YamlSignature(frozenset(recognise.keys), frozenset(recognise.inner), recognise.values)
        return YamlVariant(signature, envelope, sections), translators

    def _document(self, mapping: DocumentMapping) -> tuple[Any, Callable[[Any], Iterator[Section]], list[Translator]]:
        """What a document is decoded into, its sections, and what is made of each kind of record."""
        envelope = Envelope()
        kinds: list[tuple[tuple[Step, ...], JsonPaths, Translator]] = []
        for number, record in enumerate(mapping.records):
            with within("records"), within(number):
                with within("at"):
                    at = parse_path(record.at) if record.at else ()
                    paths = JsonPaths(levels(at), named_levels(at))
                translator = self._of_json(record, paths, number)
                kinds.append((at, paths, translator if paths.asset_of_record else translator.below_one_asset()))
                envelope.ask(at, paths)
        failures = []
        for number, failure in enumerate(mapping.failed):
            with within("failed"), within(number):
                place = failure.when.value if isinstance(failure.when.value, str) else ""
                failures.append((self._failure(failure, envelope), place, failure.partly))
        for number, (at, _, _) in enumerate(kinds):
            with within("records"), within(number), within("at"):
                envelope.require_records(at)

        def sections(report: Any) -> Iterator[Section]:
            is_failed = False
            for words_of, place, partly in failures:
                if words := words_of(report):
                    is_failed = is_failed or not partly
                    yield failed(words, place)
            if is_failed and not any(
                group.records for at, paths, _ in kinds for group in envelope.groups(report, at, paths.around)
            ):
                return
            for record, (at, paths, translator) in zip(mapping.records, kinds, strict=True):
                if not mapping.absent_is_clean and not envelope.has_list(report, at):
                    if not record.optional:
                        yield failed(f"it has no {spelled(at)}", spelled(at))
                    continue
                asset_of = translator.section_asset
                for group in envelope.groups(report, at, paths.around):
                    if group.failure:
                        yield failed(group.failure, group.place)
                        continue
                    try:
                        asset = asset_of(group.context) if asset_of else None
                    except RecordError as error:  # what is around the records does not name it
                        if group.records:
                            yield failed(error.reason, group.place)
                        continue
                    yield Section(group.records, translator, msgspec.Raw, asset, group.context, place=group.place)

        return envelope.type(), sections, [translator for _, _, translator in kinds]

    def lines(self, mapping: LinesMapping) -> Made:
        with within("record"):
            translator = self._of_json(mapping.record, JsonPaths(0), 0)
        signature = _json_signature(mapping.recognise, lines=True)
        return JsonLinesVariant(signature, msgspec.Raw, translator, empty=mapping.empty), [translator]

    def csv(self, mapping: CsvMapping) -> Made:
        columns = Columns()
        with within("record"):
            translator = self._translator(mapping.record, columns, 0)
        recognise = mapping.recognise
        signature = CsvSignature(set(recognise.header), tuple(map(frozenset, recognise.any_of)), text=tuple(recognise.text))
        return CsvVariant(signature, columns.record(), translator, columns.titles), [translator]

    def xml(self, mapping: XmlMapping) -> Made:
        translators: dict[str, Translator] = {}
        for number, record in enumerate(mapping.records):
            with within("records"), within(number):
                if not record.at or record.at in translators:
                    raise ValueError("at says which element is a record, each another one")
                translators[record.at] = self._translator(record, ElementPaths(), number)
        recognise = mapping.recognise
        signature = XmlSignature(recognise.root, recognise.namespace, frozenset(recognise.elements), tuple(recognise.text))
        cut, looked = mapping.cut or None, mapping.looked or None
        variant = XmlVariant(signature, tuple(translators), ByElement(translators), shard=cut, looked=looked)
        return variant, list(translators.values())

    def text(self, mapping: TextMapping) -> Made:
        with within("line"):
            names = frozenset(compiled(mapping.line).groupindex)
        with within("ignored"):
            compiled(mapping.ignored)
        with within("record"):
            translator = self._translator(mapping.record, GroupPaths(names), 0)
        signature = LineSignature(mapping.line, tuple(mapping.recognise.text))
        return TextVariant(signature, mapping.line, translator, mapping.ignored, mapping.empty), [translator]

    def _of_json(self, record: RecordMapping, paths: JsonPaths, number: int) -> Translator:
        """First all paths are asked for, so that it is known what to decode; then they are made into getters."""
        make_asset(record.asset, self._expressions(paths), self._mapping.slug)
        paths.asset_of_record = bool(paths.record.keys or paths.record.whole or paths.record.each)
        self._translator(record, paths, number)
        paths.asked = True
        return self._translator(record, paths, number).decoding(paths.record.object_type())

    def _translator(self, record: RecordMapping, paths: Paths, number: int) -> Translator:
        expressions = self._expressions(paths)
        asset = make_asset(record.asset, expressions, self._mapping.slug)
        return Translator(make_finding(record, expressions), asset, self._origin(number))

    def _failure(self, failure: Failure, envelope: Envelope) -> Callable[[Any], str]:
        paths = ReportPaths()
        expressions = self._expressions(paths)
        holds, says = failing(failure, expressions), expressions.text(failure.says)
        envelope.ask_around(paths.around)
        words = expressions.held.function("words(context)", [f"return {holds} and ({says} or {_NO_WORDS!r})"])
        return lambda report: words(envelope.context(report, paths.around)) or ""

    def _expressions(self, paths: Paths) -> Expressions:
        return Expressions(paths, self._mapping.tables, Held())


def _json_signature(recognise: JsonRecognition, *, lines: bool = False) -> JsonSignature:
    return JsonSignature(
        keys=frozenset(recognise.keys),
        any_of=tuple(map(frozenset, recognise.any_of)),
        values=recognise.values,
        root=recognise.root,
        lines=lines,
    )
