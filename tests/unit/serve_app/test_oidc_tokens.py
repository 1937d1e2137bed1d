"""Which bearer tokens are believed. An issuer of our own making says what a real one never would."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from serve_app.errors import IssuerUnavailableError, WrongTokenError
from serve_app.identity.oidc.claims import ClaimMapping, Identity
from serve_app.identity.oidc.issuer import Issuer
from serve_app.identity.oidc.tokens import looks_like_token, verified

ADDRESS, AUDIENCE = "https://issuer.example/realm", "phoenix"
RSA, OTHER_RSA = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
EC, ED = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()


def public(algorithm: Any, key: Any, **more: str) -> dict[str, Any]:
    return json.loads(algorithm.to_jwk(key.public_key())) | more


@dataclass
class Published:
    """What the issuer answers, and how often it was asked for its keys."""

    keys: list[dict[str, Any]]
    address: str = ADDRESS
    asked: int = 0
    away: bool = False
    now: float = 0.0
    documents: dict[str, httpx.Response] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        path = request.url.path
        if path in self.documents:
            return self.documents[path]
        if path.endswith("/openid-configuration"):
            return httpx.Response(200, json={"issuer": self.address, "jwks_uri": f"{ADDRESS}/keys"})
        self.asked += 1
        return httpx.Response(200, json={"keys": self.keys})

    def issuer(self) -> Issuer:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return Issuer(ADDRESS, client=client, clock=lambda: self.now)


@pytest.fixture
def published() -> Published:
    return Published([public(RSAAlgorithm, RSA, kid="rsa", alg="RS256", use="sig")])


def claims(**changed: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    plain = {"iss": ADDRESS, "aud": AUDIENCE, "sub": "42", "iat": now, "exp": now + timedelta(minutes=5), "tenant": "red"}
    return {name: value for name, value in (plain | changed).items() if value is not None}


def signed(
    key: Any = RSA, algorithm: str = "RS256", kid: str | None = "rsa", headers: Mapping[str, Any] = {}, **changed: Any
) -> str:
    named = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**changed), key, algorithm, headers={**named, **headers})


async def judged(token: str, issuer: Issuer) -> dict[str, Any]:
    return await verified(token, issuer, address=ADDRESS, audience=AUDIENCE)


async def test_a_token_of_the_issuer_is_believed(published: Published) -> None:
    issuer = published.issuer()
    assert (await judged(signed(), issuer))["sub"] == "42"
    assert (await judged(signed(aud=["other", AUDIENCE]), issuer))["sub"] == "42"
    assert (await judged(signed(kid=None), issuer))["sub"] == "42"
    assert published.asked == 1


@pytest.mark.parametrize(
    ("key", "algorithm", "kind"),
    [(RSA, "PS512", RSAAlgorithm), (EC, "ES256", ECAlgorithm), (ED, "EdDSA", OKPAlgorithm), (RSA, "RS384", RSAAlgorithm)],
)
async def test_families_of_algorithms_that_are_taken(key: Any, algorithm: str, kind: Any) -> None:
    issuer = Published([public(kind, key, kid="one")]).issuer()
    assert (await judged(signed(key, algorithm, "one"), issuer))["sub"] == "42"


def pem() -> bytes:
    return RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def handmade(header: Mapping[str, Any], signature: bytes = b"") -> str:
    body = claims(iat=1, exp=4102444800)
    parts = (json.dumps(header).encode(), json.dumps(body).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def signed_with_the_public_key() -> str:
    """As if the public key were a secret that both sides know; PyJWT refuses to make such a token."""
    import hashlib
    import hmac

    unsigned = handmade({"alg": "HS256", "kid": "rsa"}).rpartition(".")[0]
    mac = hmac.digest(pem(), unsigned.encode(), hashlib.sha256)
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def moment(*, minutes: int) -> datetime:
    """From now on, when it is asked for: tests may run long after they were collected."""
    return datetime.now(UTC) + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: signed(aud="somebody else"), "meant for somebody else"),
        (lambda: signed(aud=None), "lacks aud"),
        (lambda: signed(iss="https://issuer.example/other"), "another issuer"),
        (lambda: signed(iss=None), "lacks iss"),
        (lambda: signed(exp=moment(minutes=-1)), "has expired"),
        (lambda: signed(exp=None), "lacks exp"),
        (lambda: signed(sub=None), "lacks sub"),
        (lambda: signed(iat=None), "lacks iat"),
        (lambda: signed(iat=moment(minutes=5)), "not valid yet"),
        (lambda: signed(nbf=moment(minutes=5)), "not valid yet"),
        (lambda: signed(OTHER_RSA), "not signed by the issuer"),
        (lambda: signed(kid="unknown"), "not signed by the issuer"),
        (lambda: signed(algorithm="RS512"), "not signed by the issuer"),  # the key says that it is for RS256
        (lambda: signed(EC, "ES256"), "not signed by the issuer"),
        (lambda: handmade({"alg": "none", "kid": "rsa"}), "algorithm is not taken"),
        (lambda: handmade({"alg": "None"}), "algorithm is not taken"),
        (lambda: handmade({"kid": "rsa"}), "no JSON web token|algorithm is not taken"),
        (signed_with_the_public_key, "algorithm is not taken"),
        (lambda: signed("a secret of some length, long enough", "HS256"), "algorithm is not taken"),
        (lambda: signed(headers={"crit": ["b64"], "b64": True}), "no JSON web token|algorithm is not taken"),
        (lambda: signed(OTHER_RSA, headers={"jwk": public(RSAAlgorithm, OTHER_RSA)}), "not signed by the issuer"),
        (lambda: signed(OTHER_RSA, headers={"jku": "https://evil.example/keys"}), "not signed by the issuer"),
        (lambda: signed(padding="x" * 20_000), "too long"),
        (lambda: "eyJ.a.b", "no JSON web token"),
        (lambda: signed()[:-4] + "AAAA", "not signed by the issuer"),
    ],
)
async def test_what_is_not_believed(published: Published, make: Callable[[], str], reason: str) -> None:
    with pytest.raises(WrongTokenError, match=reason) as caught:
        await judged(make(), published.issuer())
    assert make()[:40] not in str(caught.value)


async def test_clocks_may_differ_a_little(published: Published) -> None:
    issuer = published.issuer()
    now = datetime.now(UTC)
    late = signed(exp=now - timedelta(seconds=10), nbf=now + timedelta(seconds=10), iat=now + timedelta(seconds=10))
    assert (await judged(late, issuer))["sub"] == "42"


async def test_keys_are_kept_and_asked_for_once_a_minute_whatever_tokens_name(published: Published) -> None:
    issuer = published.issuer()
    for number in range(20):
        await judged(signed(), issuer)
        with pytest.raises(WrongTokenError):
            await judged(signed(kid=f"made-up-{number}"), issuer)
    assert published.asked == 1
    published.keys = [public(RSAAlgorithm, OTHER_RSA, kid="next")]
    published.now = 61
    assert (await judged(signed(OTHER_RSA, kid="next"), issuer))["sub"] == "42"
    with pytest.raises(WrongTokenError, match="not signed by the issuer"):
        await judged(signed(), issuer)
    assert published.asked == 2
    published.now = 61 + 3600
    await judged(signed(OTHER_RSA, kid="next"), issuer)
    assert published.asked == 3


async def test_an_issuer_that_goes_away_is_believed_for_a_day(published: Published) -> None:
    issuer = published.issuer()
    await judged(signed(), issuer)
    published.away, published.now = True, 4000
    assert (await judged(signed(), issuer))["sub"] == "42"
    published.now = 25 * 3600
    with pytest.raises(IssuerUnavailableError):
        await judged(signed(), issuer)
    published.away, published.now = False, 26 * 3600
    assert (await judged(signed(), issuer))["sub"] == "42"


async def test_an_issuer_that_was_never_there_is_asked_again_soon(published: Published) -> None:
    issuer = published.issuer()
    published.away = True
    for _ in range(3):
        with pytest.raises(IssuerUnavailableError):
            await judged(signed(), issuer)
    published.away = False
    with pytest.raises(IssuerUnavailableError, match="a moment ago"):
        await judged(signed(), issuer)
    published.now = 6
    assert (await judged(signed(), issuer))["sub"] == "42"


_DISCOVERY = "/realm/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("path", "answer", "reason"),
    [
        (_DISCOVERY, httpx.Response(200, json={"issuer": "https://evil.example", "jwks_uri": "https://a"}), "another issuer"),
        (_DISCOVERY, httpx.Response(200, json={"issuer": ADDRESS, "jwks_uri": "http://evil.example/k"}), "not https"),
        (_DISCOVERY, httpx.Response(200, json={"issuer": ADDRESS}), "lacks"),
        (_DISCOVERY, httpx.Response(302, headers={"location": "https://evil.example"}), "302"),
        (_DISCOVERY, httpx.Response(200, content=b"<html>"), "JSON"),
        (_DISCOVERY, httpx.Response(200, content=b" " * 1_000_001), "more than"),
        ("/realm/keys", httpx.Response(500), "500"),
        ("/realm/keys", httpx.Response(200, json={"keys": "none"}), "no keys"),
    ],
)
async def test_an_issuer_that_says_something_else_is_not_asked_further(
    published: Published, path: str, answer: httpx.Response, reason: str
) -> None:
    published.documents[path] = answer
    with pytest.raises(IssuerUnavailableError, match=reason):
        await judged(signed(), published.issuer())


async def test_keys_that_are_not_for_signatures_are_not_used(published: Published) -> None:
    published.keys = [
        public(RSAAlgorithm, RSA, kid="rsa", use="enc"),
        {"kty": "oct", "kid": "rsa", "k": "AAAA"},
        {"kty": "RSA", "kid": "rsa", "n": "!", "e": "AQAB"},
    ]
    with pytest.raises(WrongTokenError):
        await judged(signed(), published.issuer())


def test_our_own_keys_are_no_tokens() -> None:
    assert looks_like_token(signed())
    assert not any(map(looks_like_token, ("psk_abc", "", "a.b.c", "eyJ", "eyJ.a", "eyJ.a.b.c")))


def mapping(**given: Any) -> ClaimMapping:
    plain = {"tenant_claim": "tenant", "tenants": {}, "scope_claim": "scope", "scopes": {}, "name_claim": "email"}
    return ClaimMapping(**plain | given)


def test_claims_become_an_identity() -> None:
    said = {"sub": "42", "tenant": "red", "scope": "openid read submit root", "email": "a@example.com"}
    assert mapping().identity(said) == Identity("42", "red", frozenset({"read", "submit"}), "user:a@example.com#73475cb40a")
    assert mapping().identity(said | {"email_verified": False}).actor == "user:42"
    assert mapping(name_claim="name").identity(said).actor == "user:42"


def test_nobody_becomes_somebody_else_by_a_name() -> None:
    """What people may only submit is theirs by their actor; Entra's ``preferred_username`` and ``email`` may be changed."""
    said = {"sub": "42", "tenant": "red", "email": "a@example.com"}
    actors = {mapping().identity(said | other).actor for other in ({}, {"sub": "43"}, {"email": "a@example.com#73475cb40a"})}
    assert len(actors) == 3
    assert len(mapping().identity(said | {"email": "a" * 5000}).actor) < 256


def test_claims_are_mapped() -> None:
    said = {"sub": "42", "groups": ["Team Red", "all"], "realm": {"roles": ["boss", "read"]}, "https://a.b/c": "x"}
    mapped = mapping(
        tenant_claim="groups", tenants={"Team Red": "red"}, scope_claim="realm.roles", scopes={"boss": ("admin", "read")}
    )
    assert mapped.identity(said) == Identity("42", "red", frozenset({"admin", "read"}), "user:42")
    assert mapping(tenant_claim="https://a.b/c").identity(said).tenant == "x"


@pytest.mark.parametrize("tenant", [None, "", "Red", "../red", ["red", "blue"], [], 5, {"a": "red"}, "red blue", "a" * 64])
def test_a_token_without_exactly_one_tenant_is_refused(tenant: Any) -> None:
    with pytest.raises(WrongTokenError, match="tenant"):
        mapping().identity({"sub": "42", "tenant": tenant})
    with pytest.raises(WrongTokenError, match="tenant"):
        mapping(tenants={"Team": "red"}).identity({"sub": "42", "tenant": "red"})
