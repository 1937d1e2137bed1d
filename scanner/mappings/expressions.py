"""The operations of a mapping, written as Python: evaluating them one by one takes three times as long.

Nothing of a mapping gets into the source. It is made of names that stand here, and of numbered ones for everything that comes
from the mapping (words, tables, patterns), which are held beside it.
"""

from collections.abc import Callable
from typing import Any, Protocol

from scanner.families.secrets import hidden, masked
from scanner.mappings import values
from scanner.mappings.errors import within
from scanner.mappings.language import Condition, Expression, Operation, Scalar, Table
from scanner.mappings.paths import placeholders
from scanner.normalize.dates import date
from scanner.normalize.text import plain
from scanner.normalize.urls import site
from scanner.shapes.text.patterns import compiled

Source = str
"""A Python expression of ``record`` and ``context``, and of the names that a `Held` holds."""


class Held:
    """What generated source may name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"text_of": values.text_of, "texts_of": values.texts_of}
        self._temporaries = 0

    def hold(self, thing: Any) -> Source:
        name = f"held{len(self.names)}"
        self.names[name] = thing
        return name

    def temporary(self) -> Source:
        self._temporaries += 1
        return f"value{self._temporaries}"

    def function(self, signature: str, lines: list[str]) -> Callable[..., Any]:
        """A function of these lines, which must come from this module and those that use it alone."""
        source = "\n    ".join((f"def {signature}:", *lines))
        names = dict(self.names)
        exec(compile(source, "<mapping>", "exec"), names)  # noqa: S102  # see the module's docstring
        made: Callable[..., Any] = names[signature.partition("(")[0]]
        return made


class Paths(Protocol):
    """Where values come from: each shape has its own paths."""

    def source(self, path: str, held: Held, *, many: bool) -> Source:
        """Source of the value at the path: a text, number, boolean, list of such, or None.

        With ``many`` all values that are there, else the first may do. Raises `ValueError` for what is no path.
        """
        ...

    def is_single(self, path: str) -> bool:
        """Whether one value at most is at the path, whatever the record says."""
        ...


class Expressions:
    """Makes source of expressions; ``tables`` are those that they may name. Raises `ValueError` for what cannot be."""

    def __init__(self, paths: Paths, tables: dict[str, Table], held: Held) -> None:
        self._paths, self._tables, self.held = paths, tables, held

    def text(self, expression: Expression | None) -> Source:
        """Of a `str`, without space around it."""
        if expression is None:
            return '""'
        if isinstance(expression, Operation):
            return self._text_of_operation(expression)
        if isinstance(expression, list):
            return f"text_of({self.value(expression)})"
        value = self.held.temporary()
        path = self._paths.source(expression, self.held, many=False)
        return f"({value}.strip() if ({value} := {path}).__class__ is str else text_of({value}))"

    def texts(self, expression: Expression | None) -> Source:
        """Of a list of `str`, without those that say nothing."""
        if expression is None:
            return self.held.hold([])
        if isinstance(expression, Operation) and expression.text is not None:
            return self.held.hold(values.texts_of(expression.text))
        return f"texts_of({self.value(expression)})"

    def value(self, expression: Expression) -> Source:
        """Of whatever is there: of a list all of it."""
        if isinstance(expression, str):
            return self._paths.source(expression, self.held, many=True)
        if isinstance(expression, list):
            return f"[{', '.join(self._each(expression, self.value))}]"
        if self.is_single(expression):
            return self._text_of_operation(expression)
        with within(expression.name):
            match expression.name:
                case "when":
                    return self._either(expression, self.value)
                case "split":
                    return f"{self.text(expression.split)}.split({self.held.hold(expression.at)})"
                case "pattern":
                    found = self.held.hold(values.matches(compiled(expression.pattern or "")))
                    return f"list({found}({self.texts(expression.of)}))"
                case "hidden":
                    assert expression.of is not None
                    return f"{self.held.hold(values.hidden_in)}({self.value(expression.of)}, {self.texts(expression.hidden)})"
                case changed:
                    change = self.held.hold(values.each(self._change(expression)))
                    return f"{change}({self.value(_changed(expression, changed))})"

    def holds(self, condition: Condition) -> Source:
        """Of a `bool`."""
        found = self.texts(condition.value)
        if condition.there is not None:
            return f"(bool({found}) is {condition.there is True})"
        if condition.not_matches is not None:
            search = self.held.hold(compiled(condition.not_matches).search)
            return f"(bool(texts := {found}) and not any(map({search}, texts)))"
        if condition.matches is not None:
            return f"any(map({self.held.hold(compiled(condition.matches).search)}, {found}))"
        wanted = condition.is_ is not None
        words = frozenset(map(values.folded, (condition.is_ if wanted else condition.not_) or ()))
        return f"({self.held.hold(values.among(words))}({found}) is {wanted})"

    def table(self, table: Table | str | None) -> dict[str, Scalar]:
        if isinstance(table, str):
            if table not in self._tables:
                raise ValueError(f"no table {table!r}; there are: {', '.join(self._tables) or 'none'}")
            table = self._tables[table]
        return {values.folded(word): value for word, value in (table or {}).items()}

    def is_single(self, expression: Expression) -> bool:
        """Whether it is one text at most, whatever the record says."""
        if not isinstance(expression, Operation):
            return False
        match expression.name:
            case "split":
                return False
            case "when":
                return all(choice is None or self.is_single(choice) for choice in (expression.then, expression.else_))
            case "pattern":
                return not expression.all
            case "file" | "date" | "plain" | "short" | "masked" | "hidden" | "site" | "prefix" as change:
                inner = _changed(expression, change)
                return self._paths.is_single(inner) if isinstance(inner, str) else self.is_single(inner)
            case _:
                return True

    def _each(self, parts: Any, make: Callable[[Expression], Source]) -> list[Source]:
        made = []
        for number, part in enumerate(parts or ()):
            with within(number):
                made.append(make(part))
        return made

    def _text_of_operation(self, operation: Operation) -> Source:
        if not self.is_single(operation):
            return f"text_of({self.value(operation)})"
        with within(operation.name):
            match operation.name:
                case "text":
                    return self.held.hold(values.text_of(operation.text))
                case "when":
                    return self._either(operation, self.text)
                case "first":
                    return f"({' or '.join(self._each(operation.first, self.text)) or None})"
                case "join":
                    parts = self._each(operation.join, self.value)
                    join = values.joined_once if operation.once else values.joined
                    return f"{self.held.hold(join)}({', '.join((self.held.hold(operation.with_), *parts))})"
                case "template":
                    return self._template(operation)
                case "lookup":
                    return self._lookup(operation)
                case "pattern":
                    return f"{self.held.hold(values.found_in(compiled(operation.pattern or '')))}({self.text(operation.of)})"
                case "hidden":
                    return f"{self.held.hold(hidden)}({self.text(operation.of)}, {self.texts(operation.hidden)})"
                case changed:
                    return f"{self.held.hold(self._change(operation))}({self.text(_changed(operation, changed))})"

    def _template(self, operation: Operation) -> Source:
        words, filled = [], []
        for constant, path in placeholders(operation.template or ""):
            words.append(self.held.hold(constant))
            if path:
                said = self.held.temporary()
                filled.append(f"({said} := {self.text(operation.values.get(path, path))})")
                words.append(said)
        together = f"''.join(({', '.join(words)},))"
        return f"({together} if {' and '.join(filled)} else '')" if filled else together

    def _either(self, operation: Operation, make: Callable[[Expression], Source]) -> Source:
        assert operation.when is not None
        choices = []
        for key, choice in (("then", operation.then), ("else", operation.else_)):
            with within(key):
                choices.append('""' if choice is None else make(choice))
        then, otherwise = choices
        return f"({then} if {self.holds(operation.when)} else {otherwise})"

    def _lookup(self, operation: Operation) -> Source:
        with within("in"):
            table = {word: values.text_of(value) for word, value in self.table(operation.in_).items()}
        found, default = self.held.temporary(), '""'
        if operation.default is not None:
            with within("default"):
                default = self.text(operation.default)
        get = f"{self.held.hold(table)}.get({self.text(operation.lookup)}.casefold())"
        return f"({found} if ({found} := {get}) is not None else {default})"

    def _change(self, operation: Operation) -> Callable[[str], str]:
        if operation.name == "short":
            characters = operation.characters
            return lambda text: text[:characters]
        if operation.name == "prefix":
            prefix = operation.prefix or ""
            return lambda text: text if not text or text.startswith(prefix) else f"{prefix}{text}"
        return _CHANGES[operation.name]


def _changed(operation: Operation, name: str) -> Expression:
    """What the operation changes."""
    found: Expression = getattr(operation, "of" if name in ("prefix", "hidden") else name)
    return found


_CHANGES: dict[str, Callable[[str], str]] = {
    "file": values.file,
    "date": date,
    "plain": plain,
    "masked": masked,
    "site": site,
}
