"""Lists as scanners write them: as a list, as one text, with nulls in them, or as nothing."""

Texts = list[str | None] | str | None
"""What a field is declared as where a tool has written either."""


def texts(value: Texts, *, separator: str | None = None) -> list[str]:
    """The texts that say anything, stripped; one text is cut at ``separator``, where given."""
    if isinstance(value, str):
        value = list(value.split(separator)) if separator else [value]
    return [text.strip() for text in value or () if text and text.strip()]
