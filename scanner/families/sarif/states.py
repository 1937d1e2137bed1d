"""Which results are open."""

from collections.abc import Sequence

from scanner.families.sarif.model import Result, Suppression
from scanner.normalize.dismissal import Dismissal, dismissal

_NO_FINDING = frozenset(("pass", "notapplicable", "informational"))


def is_finding(result: Result) -> bool:
    """It is not a check that passed, or was not applicable, or only informs."""
    return result.kind is None or result.kind.casefold() not in _NO_FINDING


def put_aside(result: Result) -> tuple[Dismissal | None, str]:
    """Why a result is not open, and what was said of it.

    Suppressed is what has a suppression that is accepted (or says nothing of that) and none that is under review or rejected;
    ``absent`` is what the tool's baseline has and the code no longer. Source: SARIF 2.1.0.
    """
    if result.baseline_state == "absent":
        return Dismissal.FIXED, "gone since the tool's baseline"
    suppressions = result.suppressions or ()
    if not suppressions or any(suppression.status not in (None, "accepted") for suppression in suppressions):
        return None, ""
    said = justifications(suppressions)
    return dismissal(said) or Dismissal.SUPPRESSED, said


def justifications(suppressions: Sequence[Suppression]) -> str:
    return "; ".join(dict.fromkeys(suppression.justification for suppression in suppressions if suppression.justification))
