"""One sandbox: its memory, its tokens, its imports under way, its log and its faults."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from scanner.phoenix.sandbox.imports import BackgroundImports
from scanner.phoenix.sandbox.memory import Memory
from scanner.phoenix.sandbox.request_log import RequestLog
from scanner.phoenix.sandbox.settings import SandboxSettings
from scanner.phoenix.sandbox.tokens import Tokens


class Sandbox:
    """Belongs to one event loop; `memory` and `faults` may be read, and `faults` replaced, from other threads too."""

    def __init__(
        self,
        settings: SandboxSettings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self.faults = settings.faults
        self.clock = clock
        self.sleep = sleep
        self.memory = Memory(settings.keep)
        self.tokens = Tokens(clock)
        self.log = RequestLog(settings.remembered_requests)
        self.imports = BackgroundImports(self.memory.apply, sleep)

    async def reset(self) -> None:
        """As just started: no state, no imports, no log, the faults of the settings. Tokens stay good."""
        await self.imports.stop()
        self.memory.clear()
        self.log.clear()
        self.faults = self.settings.faults
