"""The rules of a run, prepared once: what all results of a rule have in common."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from scanner.families.sarif.model import ReportingDescriptor, Result, Taxonomy, Tool, text_of
from scanner.families.sarif.packages import packages_in
from scanner.families.sarif.taxonomies import texts, weaknesses
from scanner.model import Package
from scanner.normalize import passing
from scanner.normalize.details import excerpt
from scanner.normalize.identifiers import advisory_ids
from scanner.readers.json import decoder

_TITLE_CHARACTERS = 160
_HELP_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    title: str = ""
    description: str = ""
    help: str = ""
    remedy: msgspec.Raw | str = ""
    """The help, unless it only says again what is wrong."""
    packages: tuple[Package, ...] = ()
    """Those in the help."""
    help_uri: str = ""
    level: str = ""
    security_severity: str = ""
    """A CVSS-like number or a word, as written; GitHub's convention."""
    messages: dict[str, str] = field(default_factory=dict)
    reference_ids: tuple[str, ...] = ()
    cwes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules of the driver and then of each extension."""

    components: tuple[tuple[Rule, ...], ...]
    by_id: dict[str, Rule]

    def find(self, result: Result) -> Rule:
        """The rule of a result: by index where the index is right, else by id or by the id of which it is a sub-rule."""
        reference = result.rule
        written = result.rule_id if result.rule_id is not None else reference.id if reference else None
        id_ = str(written) if written is not None else ""
        index = result.rule_index if result.rule_index is not None else reference.index if reference else None
        component = reference.tool_component.index if reference and reference.tool_component else None
        place = 0 if component is None else component + 1
        if index is not None and 0 <= place < len(self.components) and 0 <= index < len(self.components[place]):
            rule = self.components[place][index]
            if not id_ or id_ == rule.id or id_.startswith(rule.id + "/"):
                return rule
        parent = id_
        while parent:
            if parent in self.by_id:
                return self.by_id[parent]
            parent = parent.rpartition("/")[0]
        return Rule(id_, title=id_, reference_ids=tuple(advisory_ids(id_)))


def rule_book(tool: Tool | None, taxonomies: Sequence[Taxonomy]) -> RuleBook:
    driver = [tool.driver] if tool and tool.driver else []
    extensions = (tool.extensions if tool else None) or []
    components = tuple(
        tuple(_rule(_descriptor(raw), taxonomies) for raw in component.rules or ()) for component in [*driver, *extensions]
    )
    components = _told_apart(components)
    return RuleBook(components, {rule.id: rule for rules in reversed(components) for rule in reversed(rules) if rule.id})


def _told_apart(components: tuple[tuple[Rule, ...], ...]) -> tuple[tuple[Rule, ...], ...]:
    """Rules of one title get their ids behind it: a finding is known by its name."""
    ids: dict[str, set[str]] = {}
    for rule in itertools.chain.from_iterable(components):
        ids.setdefault(rule.title, set()).add(rule.id)
    return tuple(
        tuple(replace(rule, title=f"{rule.title} ({rule.id})") if len(ids[rule.title]) > 1 else rule for rule in rules)
        for rules in components
    )


def _descriptor(raw: msgspec.Raw) -> ReportingDescriptor:
    """A rule that cannot be read keeps its place in the list, for the indices of the others."""
    try:
        descriptor: ReportingDescriptor = decoder(ReportingDescriptor).decode(raw)
    except msgspec.ValidationError:
        return ReportingDescriptor()
    return descriptor


def _rule(descriptor: ReportingDescriptor, taxonomies: Sequence[Taxonomy]) -> Rule:
    id_ = str(descriptor.id) if descriptor.id is not None else ""
    bag = descriptor.properties
    short = text_of(descriptor.short_description)
    tags = texts(bag.tags) if bag else []
    targets = [relationship.target for relationship in descriptor.relationships or ()]
    configuration = descriptor.default_configuration
    score = bag.security_severity if bag else None
    description = text_of(descriptor.full_description) or short
    help_ = excerpt(text_of(descriptor.help), _HELP_CHARACTERS)
    return Rule(
        id=id_,
        title=_title(id_, short, (descriptor.name or "").strip()),
        description=description,
        help=help_,
        remedy="" if help_.startswith(description) else passing.shared(help_),
        packages=tuple(packages_in(help_)),
        help_uri=descriptor.help_uri or "",
        level=(configuration.level if configuration else None) or "",
        security_severity="" if score is None else str(score),
        messages={key: text_of(message) for key, message in (descriptor.message_strings or {}).items()},
        reference_ids=tuple(advisory_ids(id_, descriptor.name, short[:_TITLE_CHARACTERS], *tags)),
        cwes=tuple(weaknesses(bag, targets, taxonomies)),
    )


def _title(id_: str, short: str, name: str) -> str:
    """What a person knows the rule by: an advisory's id, else a short description that is one, else the rule's name or id."""
    if advisory_ids(id_) == [id_]:
        return id_
    if short and "\n" not in short and len(short) <= _TITLE_CHARACTERS and (not id_ or id_ not in short):
        return short.rstrip(".")
    return id_ or name or short[:_TITLE_CHARACTERS]
