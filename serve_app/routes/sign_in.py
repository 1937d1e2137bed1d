"""``/auth``: people sign in, at the issuer or by a key, and out."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from jobs_store.audit import NewAuditEntry
from jobs_store.keys.text import sha256
from jobs_store.sessions import NewSession, Session
from serve_app.access.actions import DONE, Action
from serve_app.access.auth import (
    SERVICE,
    Caller,
    WiringDep,
    by_key,
    digest_of_service_key,
    person,
    signed_in,
)
from serve_app.access.session_cookies import base_of, is_same_site, set_cookie, value_of
from serve_app.access.signed_in import required_session, session_of, takes_people
from serve_app.errors import CrossSiteError, IssuerUnavailableError, MissingKeyError, SignInError, WrongTokenError
from serve_app.identity.oidc.claims import Identity
from serve_app.identity.oidc.sign_in import LEFT_FOR, SignIn
from serve_app.safe_addresses import is_safe
from serve_app.schemas.jobs import ApiAnswer
from serve_app.wiring import Wiring

router = APIRouter(prefix="/auth", tags=["sign-in"])


class MeAnswer(ApiAnswer):
    """Who is signed in."""

    subject: str
    actor: str
    tenant: str
    scopes: list[str]
    expires_at: datetime


class StateAnswer(ApiAnswer):
    """What a page has to know before it asks for anything else."""

    me: MeAnswer | None
    """Null: nobody is signed in."""
    needs_key: bool
    """false: anybody may do everything (`ENABLE_AUTH`)."""
    by_issuer: bool
    """Whether `GET /auth/login` leads somewhere."""


class KeyOrder(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    key: str = Field(min_length=1, max_length=512, repr=False, examples=["phxscan_…"])
    """An API key of the service."""


class SignedOutAnswer(ApiAnswer):
    end_session_url: str | None
    """Where the issuer's own session is ended too; null where it has no such page."""


@router.get("/login", status_code=303, response_class=RedirectResponse, summary="Sign in at the issuer")
async def login(request: Request, wiring: WiringDep, next: Annotated[str, Query(max_length=1000)] = "/") -> Response:
    """Leaves for the issuer; back from there the browser is sent to `next`, a path of this service."""
    sign_in, base = _configured(wiring), base_of(request, wiring)
    if not is_safe(base):
        raise SignInError("it needs https: see PUBLIC_URL")
    leaving = await sign_in.begin(f"{base}/auth/callback", own_path(next), wiring.now())
    response = RedirectResponse(leaving.url, 303, headers=_NOT_KEPT)
    set_cookie(response, "login", leaving.kept, base, seconds=int(LEFT_FOR.total_seconds()))
    return response


@router.get("/callback", status_code=303, response_class=RedirectResponse, summary="Come back from the issuer")
async def callback(request: Request, wiring: WiringDep) -> Response:
    """Begins a session, in a cookie that no script can read."""
    sign_in, base = _configured(wiring), base_of(request, wiring)
    kept, answer = value_of("login", request, base), dict(request.query_params)
    arrival = await sign_in.finish(kept, answer, f"{base}/auth/callback", wiring.now())
    identity = arrival.identity
    await _require_tenant(identity, wiring)
    if before := await session_of(request, wiring):  # nothing of whoever was signed in here goes on
        await wiring.database.sessions.remove(before.session_id)
    lasts = timedelta(hours=wiring.edge.session_hours)
    new = NewSession(
        subject=identity.subject,
        actor=identity.actor,
        tenant=identity.tenant,
        scopes=tuple(sorted(identity.scopes)),
        renewal=arrival.renewal,
    )
    session, token = await wiring.database.sessions.create(new, lasts=lasts)
    await _record(request, wiring, session, Action.SESSION_CREATE)
    response = RedirectResponse(base + arrival.next, 303, headers=_NOT_KEPT)
    set_cookie(response, "session", token, base, seconds=int(lasts.total_seconds()))
    set_cookie(response, "login", "", base, seconds=0)
    return response


@router.post("/logout", summary="Sign out")
async def logout(request: Request, wiring: WiringDep) -> SignedOutAnswer:
    """The session is over at once, on every replica. Only from one of the service's own pages."""
    base = base_of(request, wiring)
    session = await required_session(request, wiring)
    await wiring.database.sessions.remove(session.session_id)
    await _record(request, wiring, session, Action.SESSION_REMOVE)
    elsewhere = None
    if session.key_sha256 is None:
        with suppress(IssuerUnavailableError):
            elsewhere = await _configured(wiring).end_url(f"{base}/")
    response = JSONResponse(SignedOutAnswer(end_session_url=elsewhere).model_dump(), headers=_NOT_KEPT)
    set_cookie(response, "session", "", base, seconds=0)
    return response  # type: ignore[return-value]  # its model is for the OpenAPI document


@router.get("/me", summary="Show who is signed in")
async def me(request: Request, response: Response, wiring: WiringDep) -> MeAnswer:
    response.headers.update(_NOT_KEPT)
    signed = await person(request, wiring)
    if signed is None:
        raise MissingKeyError
    return _told(*signed)


@router.get("/state", summary="Whether somebody is signed in, and how one could")
async def state(request: Request, response: Response, wiring: WiringDep) -> StateAnswer:
    """Needs no session. `me` is null where there is none."""
    response.headers.update(_NOT_KEPT)
    try:
        signed = await person(request, wiring)
    except WrongTokenError:  # the tenant is gone: who comes again signs in again
        signed = None
    return StateAnswer(
        me=None if signed is None else _told(*signed),
        needs_key=wiring.settings.enable_auth,
        by_issuer=takes_people(wiring),
    )


@router.post("/session", status_code=201, summary="Sign in by an API key")
async def begin_session(order: KeyOrder, request: Request, wiring: WiringDep) -> MeAnswer:
    """Begins a session in a cookie that no script can read, so that no page has to keep the key. It ends with the key, if not
    before, and may do what the key may. Only from one of the service's own pages."""
    base = base_of(request, wiring)
    if not is_same_site(request, base):
        raise CrossSiteError
    if not is_safe(base):
        raise SignInError("it needs https: see PUBLIC_URL")
    caller = await by_key(order.key.strip(), wiring)
    if before := await session_of(request, wiring):
        await wiring.database.sessions.remove(before.session_id)
    lasts = timedelta(hours=wiring.edge.session_hours)
    digest = digest_of_service_key(wiring) if caller.actor == SERVICE else sha256(order.key.strip())
    new = NewSession(
        subject=caller.actor,
        actor=caller.actor,
        tenant=caller.owner,
        scopes=tuple(sorted(caller.scopes)),
        key_sha256=digest,
    )
    session, token = await wiring.database.sessions.create(new, lasts=lasts)
    await _record(request, wiring, session, Action.SESSION_CREATE)
    response = Response(_told(session, caller).model_dump_json(), 201, headers=_NOT_KEPT, media_type="application/json")
    set_cookie(response, "session", token, base, seconds=int(lasts.total_seconds()))
    return response  # type: ignore[return-value]  # its model is for the OpenAPI document


def _told(session: Session, caller: Caller) -> MeAnswer:
    return MeAnswer(
        subject=session.subject,
        actor=session.actor,
        tenant=caller.owner,
        scopes=sorted(caller.scopes),
        expires_at=session.expires_at,
    )


_NOT_KEPT = {"Cache-Control": "no-store"}


def own_path(wanted: str) -> str:
    """The path if it is certainly one of this service: a browser takes ``//host``, ``/\\host`` and more for other hosts."""
    is_plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    return wanted if is_plain and wanted.startswith("/") and not wanted.startswith("//") else "/"


def _configured(wiring: Wiring) -> SignIn:
    if wiring.sign_in is None or not wiring.sign_in.takes_people:
        raise HTTPException(404, "signing in is not set up: see OIDC_ISSUER and OIDC_CLIENT_ID")
    return wiring.sign_in


async def _require_tenant(identity: Identity, wiring: Wiring) -> None:
    """Nobody is signed in who could do nothing then."""
    try:
        await signed_in(identity, wiring)
    except WrongTokenError as error:
        raise SignInError(error.reason) from error


async def _record(request: Request, wiring: Wiring, session: Session, action: Action) -> None:
    told = NewAuditEntry(
        actor=session.actor,
        tenant=session.tenant,
        action=action,
        object=f"session:{session.session_id}",
        outcome=DONE,
        address=wiring.addresses.of(request),
    )
    await wiring.database.audit.append(told)
