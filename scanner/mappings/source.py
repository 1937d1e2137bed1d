"""The YAML of a mapping, read strictly: every error names its line and key."""

import re
from typing import Any, ClassVar

import msgspec
import yaml

from scanner.mappings import MAX_CHARACTERS
from scanner.mappings.errors import MappingError
from scanner.mappings.language import Mapping

_MAX_DEPTH = 40
_MOST_COPIED = 2 * MAX_CHARACTERS
_IN_PATH = re.compile(r"\.(?P<key>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<each>\.\.\.)\]")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`$")
_AT = re.compile(r"^(?P<reason>.*?)(?: - at `(?:key in )?(?P<path>\$[^`]*)`)?$", re.DOTALL)


_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null"))


class _Loader(yaml.SafeLoader):
    """YAML 1.1 without its surprises: ``no`` and ``on`` are words, ``1:30`` and dates are text."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]
    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Without aliases, by which a page can stand for gigabytes."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise MappingError("aliases are not taken", _line(event.start_mark))
        self._depth += isinstance(event, yaml.CollectionStartEvent)
        if self._depth > _MAX_DEPTH:
            raise MappingError("nested too deeply", _line(event.start_mark))
        node = super().compose_node(parent, index)
        self._depth -= isinstance(event, yaml.CollectionStartEvent)
        return node


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9]\d*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?\d+\.\d+$"), list("-0123456789"))


def read_mapping(text: str) -> Mapping:
    """Raises `MappingError`."""
    return _converted(_nodes(text))


def place_in(text: str, path: str) -> str:
    """``line 7, variants[0].record.finding`` of a path like ``.variants[0].record.finding``."""
    return _place(_nodes(text), path)


def _nodes(text: str) -> yaml.Node:
    if len(text) > MAX_CHARACTERS:
        raise MappingError(f"{len(text)} characters, more than {MAX_CHARACTERS}")
    try:
        return _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise MappingError(error.problem or str(error), _line(mark)) from error
    except yaml.YAMLError as error:
        raise MappingError(str(error)) from error


def _converted(node: yaml.Node) -> Mapping:
    try:
        value = yaml.constructor.SafeConstructor().construct_document(node)
    except (yaml.YAMLError, ValueError) as error:  # a tag that its value does not fit
        raise MappingError(str(error)) from error
    _fill_in(node, value)
    try:
        return msgspec.convert(value, Mapping)
    except msgspec.ValidationError as error:
        found = _AT.match(str(error))
        assert found is not None
        unknown = _UNKNOWN.search(found["reason"])
        raise MappingError(
            found["reason"], _place(node, (found["path"] or "") + (f".{unknown[1]}" if unknown else ""))
        ) from error


def _fill_in(node: yaml.Node, mapping: Any) -> None:
    """Gives records what the ones that they are ``like`` have. What has another form is left to who converts it."""
    if not isinstance(mapping, dict) or not isinstance(mapping.get("variants"), list):
        return
    kinds = _Kinds(mapping.get("records"), node)
    for number, variant in enumerate(mapping["variants"]):
        if not isinstance(variant, dict):
            continue
        if isinstance(several := variant.get("records"), list):
            places = (f".variants[{number}].records[{index}]" for index in range(len(several)))
            variant["records"] = [kinds.filled(record, place) for record, place in zip(several, places, strict=True)]
        if "record" in variant:
            variant["record"] = kinds.filled(variant["record"], f".variants[{number}].record")


class _Kinds:
    """The named kinds of record. Copies of them are counted: a page of names could stand for hours of work."""

    def __init__(self, kinds: Any, node: yaml.Node) -> None:
        self._kinds: dict[str, Any] = kinds if isinstance(kinds, dict) else {}
        self._node = node
        self._sizes = {name: len(msgspec.json.encode(kind)) for name, kind in self._kinds.items()}
        self._copied = 0

    def filled(self, record: Any, path: str) -> Any:
        """A name alone is a record that is like it in everything. The parts of ``finding`` are taken one by one."""
        own = {"like": record} if isinstance(record, str) else record
        if not isinstance(own, dict) or "like" not in own:
            return record
        like = own["like"]
        kind = self._kinds.get(like) if isinstance(like, str) else None
        if not isinstance(kind, dict):
            raise MappingError(f"no record {like!r}; there are: {', '.join(self._kinds) or 'none'}", _place(self._node, path))
        self._copied += self._sizes[like]
        if self._copied > _MOST_COPIED:
            raise MappingError(f"what records are like comes to more than {_MOST_COPIED} characters", _place(self._node, path))
        filled = {**kind, **own}
        del filled["like"]
        if isinstance(kind.get("finding"), dict) and isinstance(own.get("finding"), dict):
            filled["finding"] = {**kind["finding"], **own["finding"]}
        return filled


def _place(node: yaml.Node, path: str) -> str:
    for step in _IN_PATH.finditer(path):
        inner = _inside(node, step)
        if inner is None:
            break
        node = inner
    key = path.removeprefix("$").removeprefix(".")
    return _line(node.start_mark) + (f", {key}" if key else "")


def _line(mark: Any) -> str:
    return f"line {mark.line + 1}" if mark is not None else ""


def _inside(node: yaml.Node, step: re.Match[str]) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode) and step["key"]:
        return next((value for key, value in node.value if key.value == step["key"]), None)
    if isinstance(node, yaml.SequenceNode) and step["index"] and int(step["index"]) < len(node.value):
        found: yaml.Node = node.value[int(step["index"])]
        return found
    return None


def _composed(text: str) -> yaml.Node:
    """The document as nodes that know their lines."""
    node = yaml.compose(text, Loader=_Loader)
    if node is None:
        raise MappingError("it is empty")
    _check_keys(node)
    return node


def _check_keys(node: Any) -> None:
    """Keys are text (``1: low``), and each stands once: the library would take the last of several, silently. No tags."""
    if node.tag not in _TAGS:
        raise MappingError(f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')} is not taken", _line(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(item)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise MappingError("a key is one word", _line(key.start_mark))
            key.tag = "tag:yaml.org,2002:str"
            if key.value in seen:
                raise MappingError(f"{key.value} stands here twice", _line(key.start_mark))
            seen.add(key.value)
            _check_keys(value)
