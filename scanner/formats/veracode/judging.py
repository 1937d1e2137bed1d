"""Levels, and what was put aside, in the words of both kinds of report."""

from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM

LEVELS = {"5": CRITICAL, "4": HIGH, "3": MEDIUM, "2": LOW, "1": LOW, "0": INFO, "very high": CRITICAL, "very low": LOW}
STATIC, DYNAMIC = "STATIC", "DYNAMIC"
ACCEPTED = frozenset(("accepted", "approved"))
RESOLUTIONS = {
    "potential_false_positive": Dismissal.FALSE_POSITIVE,
    "false_positive": Dismissal.FALSE_POSITIVE,
    "accept_risk": Dismissal.RISK_ACCEPTED,
    "risk_accepted": Dismissal.RISK_ACCEPTED,
    "library": Dismissal.SUPPRESSED,
}
"""Resolutions of mitigations that were approved; any other is a mitigation that was built in."""
FIXED = frozenset(("fixed", "cannot reproduce", "closed"))
