"""What a query would cost, read off its text: pure, and linear in its length.

An object costs 1, what is read off it nothing; what stands below the ``nodes`` or ``edges`` of a page costs as often as the
page has items at most (its ``first``, else the default of the field), and so does what stands in a plain list. ``__typename``,
which clients add everywhere, is free. Fragments are reckoned once each, however often and however deep they are spread: a
document of a hundred lines can spread one 2^50 times. Depth and aliases count as if fragments stood where they are spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from serve_app.errors import InvalidParametersError

MOST_TOKENS = 2_000
MOST_DEPTH = 12
MOST_ALIASES = 30
MOST_COST = 1 << 40
"""More is not told apart."""
DEFAULT_FIRST = 50
LARGEST_FIRST = 200
_RECORDS = ("skipped", "dismissed", "merged")
_PAGES = frozenset(("jobs", "bulks", "batches", "events", *_RECORDS, "audit", "formats"))
_ITEMS = frozenset(("nodes", "edges"))
"""Of a page: what there is many times; the rest of it is there once."""
_LISTS = {"keys": 20, "tenants": 20, "webhooks": 5}
"""Plain ones: how many they may well have."""
_DEAR = dict.fromkeys(_RECORDS, 20) | {"usage": 10, "byState": 5, "totalCount": 5, "keptCount": 20}
"""What such a field costs by itself: it opens objects, or counts."""
_WRITES = 10
_INTROSPECTION = 50


@dataclass(frozen=True, slots=True)
class Weight:
    cost: int = 0
    depth: int = 0
    aliases: int = 0
    per_item: int = 0
    """What each item of the page costs that this stands in."""

    def beside(self, other: "Weight") -> "Weight":
        return Weight(
            min(MOST_COST, self.cost + other.cost),
            max(self.depth, other.depth),
            min(MOST_COST, self.aliases + other.aliases),
            min(MOST_COST, self.per_item + other.per_item),
        )


class _Scales:
    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._variables = dict(variables)
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._known: dict[str, Weight] = {}
        self._under_way: set[str] = set()

    def defaults(self, operation: OperationDefinitionNode) -> None:
        for variable in operation.variable_definitions or ():
            if isinstance(variable.default_value, IntValueNode):
                self._variables.setdefault(variable.variable.name.value, self._number(variable.default_value, 1))

    def of(self, selections: SelectionSetNode | None) -> Weight:
        total = Weight()
        for selection in selections.selections if selections is not None else ():
            match selection:
                case FieldNode():
                    total = total.beside(self._of_field(selection))
                case InlineFragmentNode():
                    total = total.beside(self.of(selection.selection_set))
                case FragmentSpreadNode():
                    total = total.beside(self._of_fragment(selection.name.value))
        return total

    def _of_field(self, field: FieldNode) -> Weight:
        name = field.name.value
        if name == "__typename":
            return Weight(depth=1)
        if name.startswith("__"):  # graphql-core has a rule of its own for how deep introspection goes
            return Weight(_INTROSPECTION, 1)
        within = self.of(field.selection_set)
        cost = _DEAR.get(name, 0 if field.selection_set is None else 1)
        cost += _LISTS.get(name, 1) * within.cost + self._items(field) * within.per_item
        depth, aliases = within.depth + 1, min(MOST_COST, within.aliases + (field.alias is not None))
        if name in _ITEMS:
            return Weight(0, depth, aliases, per_item=min(MOST_COST, cost))
        return Weight(min(MOST_COST, cost), depth, aliases)

    def _items(self, field: FieldNode) -> int:
        first = next((each.value for each in field.arguments or () if each.name.value == "first"), None)
        return self._number(first, DEFAULT_FIRST if field.name.value in _PAGES else 1)

    def _of_fragment(self, name: str) -> Weight:
        if name not in self._fragments or name in self._under_way:
            return Weight()  # unknown, or within itself: validation refuses both
        if name not in self._known:
            self._under_way.add(name)
            self._known[name] = self.of(self._fragments[name].selection_set)
            self._under_way.discard(name)
        return self._known[name]

    def _number(self, value: Any, default: int) -> int:
        match value:
            case IntValueNode():
                number = int(value.value) if len(value.value) < 10 else LARGEST_FIRST
            case VariableNode():
                given = self._variables.get(value.name.value, default)
                number = given if isinstance(given, int) else default
            case _:
                number = default
        return max(1, min(number, LARGEST_FIRST))


def weigh(document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any] | None) -> Weight:
    """Of the operation that is to be carried out; nothing where there is no such."""
    scales = _Scales(document, variables or {})
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    wanted = [each for each in operations if operation_name is None or (each.name and each.name.value == operation_name)]
    total = Weight()
    for operation in wanted[:1]:
        scales.defaults(operation)
        total = scales.of(operation.selection_set).beside(Weight(cost=1))
        if operation.operation.value == "mutation":
            total = total.beside(Weight(_WRITES * len(operation.selection_set.selections)))
    return total


def require_moderate(weight: Weight) -> None:
    """Raises `InvalidParametersError` for what is asked of nobody's allowance."""
    if weight.depth > MOST_DEPTH:
        raise InvalidParametersError({"query": f"is {weight.depth} deep; {MOST_DEPTH} is the most"})
    if weight.aliases > MOST_ALIASES:
        raise InvalidParametersError({"query": f"has {weight.aliases} aliases; {MOST_ALIASES} are the most"})
