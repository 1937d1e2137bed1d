"""CWE ids in taxonomies, tags and property bags."""

from collections.abc import Iterable, Sequence
from typing import Any

from scanner.families.sarif.model import DescriptorReference, PropertyBag, Taxonomy
from scanner.normalize.identifiers import cwes


def texts(value: Any) -> list[str]:
    """What a property bag holds under a name, as texts: tools write one text, a number, or a list of either."""
    values = value if isinstance(value, list) else [value]
    return [str(entry) for entry in values if isinstance(entry, str | int) and not isinstance(entry, bool)]


def weaknesses(
    bag: PropertyBag | None, references: Iterable[DescriptorReference | None] = (), taxonomies: Sequence[Taxonomy] = ()
) -> list[str]:
    """CWE ids of a rule or a result, by any of the three ways in which tools write them."""
    found: list[str] = []
    if bag is not None:
        found += texts(bag.cwe)
        found += [tag for tag in texts(bag.tags) if "cwe" in tag.casefold()]
    for reference in references:
        if reference is not None:
            found += _weakness(reference, taxonomies)
    return cwes(found) if found else []


def _weakness(reference: DescriptorReference, taxonomies: Sequence[Taxonomy]) -> list[str]:
    taxonomy = _taxonomy(reference, taxonomies)
    named = reference.tool_component.name if reference.tool_component else None
    id_ = reference.id
    if id_ is None and taxonomy is not None and reference.index is not None:
        taxa = taxonomy.taxa or []
        id_ = taxa[reference.index].id if 0 <= reference.index < len(taxa) else None
    if id_ is None:
        return []
    scheme = named or (taxonomy.name if taxonomy else None) or str(id_)
    return [str(id_)] if "cwe" in scheme.casefold() else []


def _taxonomy(reference: DescriptorReference, taxonomies: Sequence[Taxonomy]) -> Taxonomy | None:
    component = reference.tool_component
    if component is None:
        return None
    if component.index is not None and 0 <= component.index < len(taxonomies):
        return taxonomies[component.index]
    return next((taxonomy for taxonomy in taxonomies if component.guid and taxonomy.guid == component.guid), None)
