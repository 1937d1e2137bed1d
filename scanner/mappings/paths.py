"""Paths into JSON: ``a.b[].c``, ``"a.b".c``, ``a.*.c``; what a record has to be decoded into for some, and how to get at them.

Only what a mapping names is decoded. A value that is something else than the path expects (a text where an object should be) is
as good as missing: it costs that value, not the record.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import msgspec

EACH = "[]"
"""All items of an array."""
ANY_KEY = "*"
"""All values of an object."""
NAME = "$key"
"""The name under which something stands in an object."""
_STEP = re.compile(
    r'(?:"(?P<quoted>[^"]+)"|(?P<name>[^."\[\]{}]+))(?P<each>(?:\[\])*)(?:\.(?=.)|$)|(?P<root>(?:\[\])+)(?:\.(?=.)|$)'
)
_SCALAR = str | int | float | bool | None

Getter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """A step to the value of a key; a name in quotes is never `ANY_KEY`."""

    name: str


Step = Key | str


def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a path; ``.`` is the value itself. Raises `ValueError` that says what a path looks like."""
    if path == ".":
        return ()
    steps: list[Step] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or match.end() == at or (match["root"] and at):
            raise ValueError(f'{path!r} is no path: names with dots between them, [] behind arrays, "…" around odd names')
        if match["quoted"]:
            steps.append(Key(match["quoted"]))
        elif match["name"]:
            steps.append(ANY_KEY if match["name"] == ANY_KEY else Key(match["name"]))
        steps += [EACH] * (len(match["each"] or match["root"] or "") // 2)
        at = match.end()
    if not steps:
        raise ValueError("a path is empty")
    return tuple(steps)


@dataclass(slots=True)
class Shape:
    """What is asked of a JSON value, by all paths together."""

    keys: dict[str, "Shape"] = field(default_factory=dict)
    each: "Shape | None" = None
    any_key: "Shape | None" = None
    whole: bool = False
    """The value itself is wanted, whatever it is."""
    raw: bool = False
    """It is a record: its bytes are enough for now."""

    def ask(self, steps: Sequence[Step], *, raw: bool = False) -> None:
        if not steps:
            self.raw, self.whole = self.raw or raw, self.whole or not raw
            return
        self.inside(steps[0]).ask(steps[1:], raw=raw)

    def inside(self, step: Step) -> "Shape":
        if isinstance(step, Key):
            return self.keys.setdefault(step.name, Shape())
        if step == EACH:
            self.each = self.each or Shape()
            return self.each
        self.any_key = self.any_key or Shape()
        return self.any_key

    def field_of(self, key: Key) -> str:
        """The attribute of its type in which the value of the key is."""
        return f"f{list(self.keys).index(key.name)}"

    @property
    def is_loose(self) -> bool:
        """It is decoded as it is, into what JSON has."""
        return self.whole or bool(self.keys and self.any_key)

    def type(self) -> Any:
        """The type that msgspec decodes such a value into; to be asked for when all paths are known."""
        if self.raw:
            return msgspec.Raw
        if self.is_loose:
            return Any
        objects = self.object_type()
        arrays = list[self.each.type()] if self.each else list[Any]  # type: ignore[misc]
        return objects | arrays | _SCALAR

    def object_type(self) -> Any:
        """The same where it has to be an object."""
        if self.is_loose:
            return dict[str, Any]
        if self.any_key:
            return dict[str, self.any_key.type()]  # type: ignore[misc]
        if not self.keys:
            return dict[str, Any]
        fields = [(f"f{number}", inner.type(), None) for number, inner in enumerate(self.keys.values())]
        names = dict(zip((name for name, _, _ in fields), self.keys, strict=True))
        return msgspec.defstruct("Record", fields, rename=names, gc=False)

    def source(self, steps: Sequence[Step], value: str, hold: Callable[[Any], str]) -> str:
        """The same as Python source, where ``value`` is that of the value; ``hold`` gives things a name in it."""
        if not steps or self.is_loose or not isinstance(steps[0], Key):
            return f"{hold(self.getter(steps))}({value})" if steps else value
        name = self.field_of(steps[0])
        inner = f"{value}.{name}" if value == "record" else f"getattr({value}, {name!r}, None)"
        return self.inside(steps[0]).source(steps[1:], inner, hold)

    def getter(self, steps: Sequence[Step]) -> Getter:
        """Gets what is at the end of the steps out of a value of `type`; a list where there are several."""
        if not steps:
            return _itself
        if self.is_loose:
            return lambda value: walk(value, steps)
        names: list[str] = []
        shape = self
        while steps and isinstance(steps[0], Key) and not shape.is_loose:
            names.append(shape.field_of(steps[0]))
            shape = shape.inside(steps[0])
            steps = steps[1:]
        if names:
            return _chained(names, shape.getter(steps) if steps else None)
        return _all(shape.inside(steps[0]).getter(steps[1:]))


def _itself(value: Any) -> Any:
    return value


def _chained(names: list[str], then: Getter | None) -> Getter:
    if len(names) == 1 and then is None:
        return attrgetter(names[0])
    if then is None and len(names) == 2:
        outer, inner = names
        return lambda value: getattr(getattr(value, outer, None), inner, None)

    def get(value: Any) -> Any:
        for name in names:
            value = getattr(value, name, None)
        return None if value is None else then(value) if then else value

    return get


def _all(get: Getter) -> Getter:
    def get_all(value: Any) -> list[Any]:
        """Of an object its values; what is no list counts as a list of one, as tools write it that way."""
        items: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
        found = []
        for item in items:
            if item is not None and (inner := get(item)) is not None:
                found += inner if isinstance(inner, list) else [inner]
        return found

    return get_all


def walk(value: Any, steps: Sequence[Step]) -> Any:
    """The same for a value that was decoded as it is."""
    for number, step in enumerate(steps):
        if isinstance(step, Key):
            value = value.get(step.name) if isinstance(value, dict) else None
        else:
            rest = steps[number + 1 :]
            return _all(lambda inner: walk(inner, rest))(value)  # noqa: B023  # called before the loop goes on
        if value is None:
            return None
    return value


def placeholders(template: str) -> Iterator[tuple[str, str]]:
    """Each text of a template with the path that follows it in braces; the last path is empty."""
    at = 0
    for match in re.finditer(r"\{([^{}]+)\}", template):
        yield _words(template[at : match.start()]), match[1]
        at = match.end()
    yield _words(template[at:]), ""


def _words(words: str) -> str:
    """Raises `ValueError` for a brace that has no other."""
    if "{" in words or "}" in words:
        raise ValueError(f"{words!r} has a brace that opens or closes nothing")
    return words


def spelled(steps: Sequence[Step]) -> str:
    """The path of these steps, for messages."""
    text = ""
    for step in steps:
        name = step.name if isinstance(step, Key) else step
        text += name if step == EACH or not text else f".{name}"
    return text
