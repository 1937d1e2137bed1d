"""Whether webhooks may go where an upload wants them to: said at once, not after a day of attempts."""

import asyncio
from collections.abc import Iterable

from scanner.outbound.destinations import DestinationError, PrivateAddressError, pin
from serve_app.errors import InvalidParametersError
from serve_app.wiring import Wiring

_RESOLVING_SECONDS = 3.0


async def check_webhooks(urls: Iterable[str | None], wiring: Wiring) -> None:
    """Looks up each host once, all of them in three seconds at most. Raises `InvalidParametersError`.

    A name that does not exist is refused, since it is a slip most of the time. One whose name servers do not answer is not:
    the courier looks again before each attempt, and checks what it finds.
    """
    wanted = {url for url in urls if url}
    if not wanted:
        return
    checks = [asyncio.create_task(_problem(url, wiring)) for url in wanted]
    done, late = await asyncio.wait(checks, timeout=_RESOLVING_SECONDS)
    for check in late:
        check.cancel()
    if problems := sorted(filter(None, (check.result() for check in done))):
        raise InvalidParametersError({"webhook_url": problems[0]})


async def _problem(url: str, wiring: Wiring) -> str:
    try:
        await pin(url, wiring.settings.webhook_reach, wiring.resolve)
    except PrivateAddressError as error:
        return f"is not allowed: {error}; the service's administrator sets WEBHOOK_ALLOW_PRIVATE"
    except DestinationError as error:
        return f"is not allowed: {error}"
    except OSError:
        return ""
    return ""
