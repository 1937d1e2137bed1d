"""What can be read."""

from typing import Self

import strawberry

from serve_app.schemas.jobs import FormatAnswer


@strawberry.type(description="A kind of report that can be read.")
class Format:
    slug: str
    titles: list[str]
    aliases: list[str]
    scanner: str
    kinds: list[str]
    asset_type: str

    @classmethod
    def of(cls, known: FormatAnswer) -> Self:
        return cls(**known.model_dump())
