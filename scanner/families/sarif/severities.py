"""How grave a result is, by itself, its rule and its run."""

from scanner.families.sarif import trivy
from scanner.families.sarif.context import RunContext
from scanner.families.sarif.model import Result
from scanner.families.sarif.ratings import by_level, rated
from scanner.families.sarif.rules import Rule
from scanner.normalize.severity import is_rated


def result_severity(result: Result, rule: Rule, message: str, run: RunContext) -> float:
    """The result's rating, else its rule's, else its level, else the invocation's for the rule, else the rule's own."""
    if run.dialect.has_shared_help and (said := trivy.severity(message, rule.rated)) is not None:
        return said
    own = rated(result.properties)
    if is_rated(own):
        return own
    if is_rated(rule.rated):
        return rule.rated
    if result.level:
        return by_level(result.level, run.dialect.levels)
    if (result.kind or "fail").casefold() != "fail":  # the standard's level for what is to be looked at by a person
        return by_level("none", run.dialect.levels)
    override = _override(result, rule, run)
    return by_level(override, run.dialect.levels) if override else rule.level


def _override(result: Result, rule: Rule, run: RunContext) -> str:
    """By the invocation that the result comes from; by the first that has one, where it does not say which that is."""
    if not run.overrides:
        return ""
    index = result.provenance.invocation_index if result.provenance else None
    if index is not None and 0 <= index < len(run.overrides):
        return run.overrides[index].get(rule.id, "")
    return next((levels[rule.id] for levels in run.overrides if rule.id in levels), "")
