"""Whether a token is the issuer's, meant for us, and good now."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt

from serve_app.errors import WrongTokenError
from serve_app.identity.oidc.issuer import Issuer, Key

ALGORITHMS: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "EdDSA": "OKP",
}
"""Those that are believed, with the type of their keys. None signs with a secret that both sides know, or not at all."""
_SKEW = timedelta(seconds=30)
_MOST_CHARACTERS = 16_384
_MOST_TRIED = 5
"""Keys that are tried for a token that does not name its own."""


def looks_like_token(text: str) -> bool:
    """A JSON web token, and none of our own keys: three parts, the first of them JSON."""
    return text.startswith("eyJ") and text.count(".") == 2


async def verified(token: str, issuer: Issuer, *, address: str, audience: str) -> dict[str, Any]:
    """The claims. Raises `WrongTokenError`, `IssuerUnavailableError`."""
    if len(token) > _MOST_CHARACTERS:
        raise WrongTokenError("it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise WrongTokenError("it is no JSON web token") from error
    algorithm, key_id = str(header.get("alg")), header.get("kid")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise WrongTokenError("its algorithm is not taken")
    fitting = [key for key in await issuer.keys(key_id) if _fits(key, algorithm)][:_MOST_TRIED]
    for key in fitting:
        try:
            return _decoded(token, key, algorithm, address=address, audience=audience)
        except (jwt.InvalidSignatureError, jwt.InvalidKeyError, jwt.PyJWKError):
            continue  # another one's, or one that nobody can use
        except jwt.ExpiredSignatureError as error:
            raise WrongTokenError("it has expired") from error
        except jwt.InvalidTokenError as error:
            raise WrongTokenError(_reason(error)) from error
    raise WrongTokenError("it is not signed by the issuer")


def _fits(key: Key, algorithm: str) -> bool:
    """A key that is meant for one algorithm is not used with another."""
    return key.get("kty") == ALGORITHMS[algorithm] and key.get("alg", algorithm) == algorithm


def _decoded(token: str, key: Key, algorithm: str, *, address: str, audience: str) -> dict[str, Any]:
    return jwt.decode(
        token,
        jwt.PyJWK(dict(key), algorithm).key,
        algorithms=[algorithm],
        audience=audience,
        issuer=address,
        leeway=_SKEW,
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )


def _reason(error: Exception) -> str:
    """PyJWT's own words, but for those that quote the token."""
    match error:
        case jwt.InvalidAudienceError():
            return "it is meant for somebody else"
        case jwt.InvalidIssuerError():
            return "it is of another issuer"
        case jwt.MissingRequiredClaimError(claim=claim):
            return f"it lacks {claim}"
        case jwt.ImmatureSignatureError() | jwt.InvalidIssuedAtError():
            return "it is not valid yet"
        case _:
            return "it is not valid"
