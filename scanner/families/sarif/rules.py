"""The rules of a run, prepared once: what all results of a rule have in common."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from scanner.families.checkouts import below_folder
from scanner.families.sarif.dialects import Dialect, dialect
from scanner.families.sarif.model import ReportingDescriptor, Result, Taxonomy, Tool, text_of
from scanner.families.sarif.packages import packages_in
from scanner.families.sarif.ratings import by_level, rated
from scanner.families.sarif.taxonomies import texts, weaknesses
from scanner.families.sarif.trivy import LEAK
from scanner.model import Finding
from scanner.normalize import passing
from scanner.normalize.details import excerpt
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.remembering import remembered
from scanner.normalize.severity import MEDIUM, UNRATED, is_rated
from scanner.shapes.json.reading import decoder

_ID_CHARACTERS = 200
_TITLE_CHARACTERS = 160
_HELP_CHARACTERS = 4_000
_TEMPLATE = re.compile(r"\{\w{0,40}\}|%[sdv]\b")
"""Where a message has what it found, a template has a gap."""
_ONE_MATCH = re.compile(r"^(?:Match|Message|Artifact|Resource): ", re.MULTILINE)
"""Lines of a help text that tools write anew for every match of the rule, and of which the last stays."""


class Details(msgspec.Struct, omit_defaults=True, gc=False):
    tool: str = ""
    rule_id: str = ""
    references: list[str] = []
    function: str = ""
    evidence: str = ""
    suppression: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    finding: Finding
    """What all findings of the rule have in common; those without a title of their own are named by the result."""
    level: float = MEDIUM
    """The severity that its level stands for."""
    rated: float = UNRATED
    """By the tool's word or a security severity, before which levels, also those of results, count nothing."""
    kind: str = ""
    """Its name, which for Trivy says what is found: a package, a secret."""
    description: str = ""
    help: str = ""
    messages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules of the driver and then of each extension."""

    tool: str
    components: tuple[tuple[Rule, ...], ...]
    by_id: dict[str, Rule]
    by_id_alone: dict[str | int | None, Rule]
    """Those that a result means by their id, whatever else it says: none has the same, nor one of which it is a sub-rule's."""

    def find(self, result: Result) -> Rule:
        """The rule of a result: by index where the index is right, else by id or by the id of which it is a sub-rule."""
        return self.by_id_alone.get(result.rule_id) or self._search(result)

    def _search(self, result: Result) -> Rule:
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
        listed = (self.by_id[known] for known in _lineage(id_) if known in self.by_id)
        return next(listed, None) or _unlisted(id_, self.tool)


@remembered(0)
def _unlisted(id_: str, tool: str) -> Rule:
    """The rule of a result that says no more of it than its id."""
    own = dialect(tool)
    level = by_level("", own.levels)
    name = below_folder(id_) if own.has_paths_in_ids else id_
    finding = Finding(name, level, reference_ids=advisory_ids(id_), cwes=list(own.cwes), details=Details(tool, id_))
    return Rule(id_, finding, level)


def _lineage(id_: str) -> Iterator[str]:
    """The id, and those whose sub-rule it is, the nearest first."""
    yield id_
    while "/" in id_:
        id_ = id_.rpartition("/")[0]
        yield id_


def rule_book(tool: Tool | None, name: str, taxonomies: Sequence[Taxonomy]) -> RuleBook:
    """``name`` is the tool's, also where it does not say it."""
    own = dialect(name)
    driver = [tool.driver] if tool and tool.driver else []
    extensions = (tool.extensions if tool else None) or []
    components = tuple(
        tuple(_rule(_descriptor(raw), name, own, taxonomies) for raw in component.rules or ())
        for component in [*driver, *extensions]
    )
    rules = [*itertools.chain.from_iterable(components)]
    if not own.has_shared_help:
        _tell_apart(rules)
    return RuleBook(name, components, {rule.id: rule for rule in reversed(rules) if rule.id}, _alone(rules))


def _alone(rules: Sequence[Rule]) -> dict[str | int | None, Rule]:
    written = Counter(rule.id for rule in rules)
    short = [rule for rule in rules if 0 < len(rule.id) <= _ID_CHARACTERS]  # an id of thousands of parts takes its time
    return {rule.id: rule for rule in short if sum(written[id_] for id_ in _lineage(rule.id)) == 1}


def _tell_apart(rules: Sequence[Rule]) -> None:
    """Rules of one title get their ids behind it: a finding is known by its name."""
    ids: dict[str, set[str]] = {}
    for rule in rules:
        ids.setdefault(rule.finding.name, set()).add(rule.id)
    for rule in rules:
        if len(ids[rule.finding.name]) > 1:
            rule.finding.name += f" ({rule.id})"


def _descriptor(raw: msgspec.Raw) -> ReportingDescriptor:
    """A rule that cannot be read keeps its place in the list, for the indices of the others."""
    try:
        descriptor: ReportingDescriptor = decoder(ReportingDescriptor).decode(raw)
    except msgspec.ValidationError:
        return ReportingDescriptor()
    return descriptor


def _rule(descriptor: ReportingDescriptor, tool: str, own: Dialect, taxonomies: Sequence[Taxonomy]) -> Rule:
    id_ = str(descriptor.id) if descriptor.id is not None else ""
    bag = descriptor.properties
    short = text_of(descriptor.short_description)
    tags = texts(bag.tags) if bag else []
    targets = [relationship.target for relationship in descriptor.relationships or ()]
    configuration = descriptor.default_configuration
    level = by_level((configuration.level if configuration else None) or "", own.levels)
    known = rated(bag)
    description = text_of(descriptor.full_description) or short
    help_ = excerpt(text_of(descriptor.help), _HELP_CHARACTERS)
    kind = (descriptor.name or "").strip()
    finding = Finding(
        name=_name(id_, short, descriptor, own),
        severity=known if is_rated(known) else level,
        remedy=passing.shared(help_) if _is_advice(help_, description, short, own) else "",
        reference_ids=advisory_ids(id_, descriptor.name, short[:_TITLE_CHARACTERS], *tags),
        cwes=list(dict.fromkeys((*own.cwes, *weaknesses(bag, targets, taxonomies)))),
        packages=packages_in(help_),
        details=Details(tool, id_, [descriptor.help_uri] if descriptor.help_uri else []),
    )
    messages = {key: text_of(message) for key, message in (descriptor.message_strings or {}).items()}
    if own.has_shared_help and kind == LEAK:
        description = ""
    return Rule(id_, finding, level, known, kind, description, help_, messages)


def _is_advice(help_: str, description: str, short: str, own: Dialect) -> bool:
    """It is neither the description again, nor a template, nor about one match of the rule of which there may be others."""
    if not help_ or own.has_shared_help or help_ == short or (description and help_.startswith(description)):
        return False
    return not (_TEMPLATE.search(help_) and len(help_) <= _TITLE_CHARACTERS) and not _ONE_MATCH.search(help_)


def _name(id_: str, short: str, descriptor: ReportingDescriptor, own: Dialect) -> str:
    bag, kind = descriptor.properties, (descriptor.name or "").strip()
    if own.has_paths_in_ids and (below := below_folder(id_)) != id_:
        short = short.replace(id_, below)
        id_, kind = below, "" if kind == id_ else kind
    if own.is_named_by_property and bag is not None and isinstance(bag.name, str) and bag.name.strip():
        return bag.name.strip()
    if own.has_shared_help:
        return id_ if kind.endswith("Vulnerability") or not short else short
    if id_ and (own.is_named_by_id or own.is_named_by_property):
        return id_
    return _title(id_, short, kind)


def _title(id_: str, short: str, name: str) -> str:
    """What a person knows the rule by: an advisory's id, else a short description that is one, else the rule's name or id."""
    if advisory_ids(id_) == [id_]:
        return id_
    if _TEMPLATE.search(short):
        return id_ or name
    if short and "\n" not in short and len(short) <= _TITLE_CHARACTERS and (not id_ or id_ not in short):
        return short.rstrip(".")
    return id_ or name or short[:_TITLE_CHARACTERS]
