"""Whether Phoenix takes credentials: asked once, when they are stored."""

import asyncio

from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import PhoenixAuthError, PhoenixUnavailableError, UnexpectedAnswerError
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.tokens import LocalTokens
from serve_app.errors import InvalidParametersError

_PATIENCE_SECONDS = 15.0


async def require_working(url: str, client_id: str, client_secret: str) -> None:
    """Raises `InvalidParametersError`, or `PhoenixUnavailableError` where Phoenix cannot be asked now."""
    http = phoenix_http(max_connections=1)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await LocalTokens(PhoenixCredentials(url, client_id, client_secret), http).token()
    except PhoenixAuthError as error:
        raise InvalidParametersError({"phoenix.client_secret": f"does not work: {error}"}) from error
    except UnexpectedAnswerError as error:
        raise InvalidParametersError({"phoenix.url": f"does not work: {error}"}) from error
    except TimeoutError as error:
        raise PhoenixUnavailableError(f"no access token within {_PATIENCE_SECONDS:.0f} seconds") from error
    finally:
        await http.close()
