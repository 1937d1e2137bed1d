"""Whether the issuer still vouches for somebody whose session goes on: asked every few minutes, by its refresh token.

What it says then replaces what it said before, so that rights which were taken away there are gone here. One request of one
replica asks; those that come meanwhile go on with what is known.
"""

from dataclasses import replace

import structlog
from starlette.requests import HTTPConnection

from jobs_store.audit import NewAuditEntry
from jobs_store.sessions import NewSession, Session
from serve_app.access.actions import DONE, Action
from serve_app.errors import IssuerUnavailableError, SignInError, WrongTokenError
from serve_app.identity.oidc.claims import Identity
from serve_app.wiring import Wiring

_log = structlog.get_logger(__name__)


async def confirmed(session: Session, connection: HTTPConnection, wiring: Wiring) -> Session | None:
    """The session as the issuer has it now; None where it is over. While the issuer is away it goes on, for as long as
    ``SESSION_UNCONFIRMED_MINUTES`` says."""
    if (
        session.renewal is None
        or wiring.sign_in is None
        or not await wiring.database.sessions.claim_renewal(session.session_id)
    ):
        return session
    known = Identity(session.subject, session.tenant, frozenset(session.scopes), session.actor)
    try:
        identity, renewal = await wiring.sign_in.renew(session.renewal, known)
    except IssuerUnavailableError as error:
        _log.warning("a session could not be confirmed", session=session.session_id, error=str(error))
        return session
    except (SignInError, WrongTokenError) as error:
        _log.info("a session is over", session=session.session_id, reason=error.reason)
        await _end(session, connection, wiring)
        return None
    said = NewSession(
        subject=session.subject,
        actor=identity.actor,
        tenant=identity.tenant,
        scopes=tuple(sorted(identity.scopes)),
        renewal=renewal,
    )
    await wiring.database.sessions.confirm(session.session_id, said)
    return replace(session, actor=said.actor, tenant=said.tenant, scopes=said.scopes, renewal=renewal)


async def _end(session: Session, connection: HTTPConnection, wiring: Wiring) -> None:
    await wiring.database.sessions.remove(session.session_id)
    told = NewAuditEntry(
        actor=session.actor,
        tenant=session.tenant,
        action=Action.SESSION_REMOVE,
        object=f"session:{session.session_id}",
        outcome=DONE,
        address=wiring.addresses.of(connection),
    )
    await wiring.database.audit.append(told)
