"""Pages of lists, as the Relay cursor connections specification has them."""

from collections.abc import Sequence
from typing import Any, Generic, Self, TypeVar

import strawberry

from serve_app.errors import InvalidParametersError
from serve_app.graphql.cost import LARGEST_FIRST

Node = TypeVar("Node")


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[Node]):
    cursor: str
    node: Node


@strawberry.type
class Connection(Generic[Node]):
    """A page of a list, as the Relay cursor connections specification has it."""

    edges: list[Edge[Node]]
    page_info: PageInfo

    @strawberry.field(description="The same without cursors.")
    def nodes(self) -> list[Node]:
        return [edge.node for edge in self.edges]

    @classmethod
    def of(cls, found: Sequence[tuple[str, Node]], first: int, **more: Any) -> Self:
        """Of cursors and nodes, one more than ``first`` where there are more; ``more`` is what a connection has besides."""
        edges = [Edge(cursor=cursor, node=node) for cursor, node in found[:first]]
        info = PageInfo(has_next_page=len(found) > first, end_cursor=edges[-1].cursor if edges else None)
        return cls(edges=edges, page_info=info, **more)


def checked(first: int) -> int:
    """Raises `InvalidParametersError`."""
    if not 1 <= first <= LARGEST_FIRST:
        raise InvalidParametersError({"first": f"must be 1 to {LARGEST_FIRST}"})
    return first
