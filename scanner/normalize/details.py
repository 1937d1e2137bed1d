"""The small facts beside a finding: without empty ones, and with evidence that stays readable."""

EVIDENCE_CHARS = 2000


def details(**facts: object) -> dict[str, object]:
    """Those that say anything, in their order; 0 and False do."""
    return {name: fact for name, fact in facts.items() if fact or fact == 0}


def excerpt(text: str | None, chars: int = EVIDENCE_CHARS) -> str:
    """The beginning of a long text, marked as such."""
    text = text.strip() if text else ""
    return text if len(text) <= chars else f"{text[:chars].rstrip()} …"


def lines(text: str | None) -> list[str]:
    """The lines that say anything: reports write lists of links so."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
