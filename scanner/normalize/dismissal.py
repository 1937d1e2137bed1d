"""What a tool or a team has put aside: one rule for all formats, from their words to a reason."""

from enum import StrEnum

from scanner.normalize.remembering import answered


class Dismissal(StrEnum):
    """Why a finding is not open. Counted by reason in the job; imported only with ``include_dismissed``."""

    SUPPRESSED = "suppressed"
    """By a comment in the code, a configuration, a baseline or a person who gave no other reason: ignored, muted, waived."""
    FALSE_POSITIVE = "false_positive"
    RISK_ACCEPTED = "risk_accepted"
    """The finding is true and stays: won't fix, accepted, an exception."""
    NOT_AFFECTED = "not_affected"
    """As VEX says it: the component is there, the weakness is not, or cannot be reached."""
    FIXED = "fixed"
    REJECTED = "rejected"
    """The advisory itself was withdrawn."""
    NOT_CHECKED = "not_checked"
    """The tool did not or could not decide: manual checks."""
    DUPLICATE = "duplicate"
    """Another record of the same report, or another tracker's entry, stands for it."""


_SAID = {
    Dismissal.SUPPRESSED: "suppressed suppress ignored ignore muted mute silenced disabled inactive excluded hidden waived "
    "dismissed allowlisted whitelisted baselined",
    Dismissal.FALSE_POSITIVE: "false_positive falsepositive fp not_an_issue no_issue not_exploitable notexploitable invalid "
    "inaccurate",
    Dismissal.RISK_ACCEPTED: "wont_fix won't_fix wontfix will_not_fix risk_accepted accepted accept accepted_risk "
    "acceptable_risk acknowledged tolerable_risk exception deferred",
    Dismissal.NOT_AFFECTED: "not_affected known_not_affected unaffected not_reachable not_vulnerable not_used not_applicable",
    Dismissal.FIXED: "fixed resolved resolved_with_pedigree closed remediated patched mitigated",
    Dismissal.REJECTED: "rejected withdrawn",
    Dismissal.NOT_CHECKED: "manual not_checked notchecked skipped not_run",
    Dismissal.DUPLICATE: "duplicate",
}
_WORDS = {word: reason for reason, words in _SAID.items() for word in words.split()}


@answered
def dismissal(word: str | None) -> Dismissal | None:
    """The reason that a state stands for, in any case and with spaces or ``-`` for ``_``; None for a state that is open.

    Only for a field that holds states: what a tool calls ``manual`` elsewhere says something else.
    """
    return _WORDS.get("_".join((word or "").casefold().replace("_", " ").replace("-", " ").split()))
