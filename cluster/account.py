"""What names Phoenix credentials. Apart from what opens them: it travels with every batch."""

from typing import NamedTuple


class Account(NamedTuple):
    """Names Phoenix credentials without telling them. Another secret is another account: a wrong one never borrows a token."""

    digest: str
    """Keyed with ``SECRET_KEY``, so that nobody can try secrets against it."""
    job_id: str
    """A job that has them; empty for those of the service itself."""
    tenant: str
    """Ours, whose job it is."""
