"""``/api/v1/log-level``: how much all processes of the service write into their logs, for who operates it."""

from enum import StrEnum

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from serve_app.access.actions import Action
from serve_app.access.auditing import AuditDep
from serve_app.access.auth import OperatorDep, WiringDep, key_required
from serve_app.schemas.jobs import ApiAnswer
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/log-level", tags=["operation"], dependencies=key_required)


class Level(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class LevelOrder(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, extra="forbid")

    level: Level | None
    """Null: what `LOG_LEVEL` says."""


class LevelAnswer(ApiAnswer):
    level: Level
    configured: Level
    """What `LOG_LEVEL` says."""


@router.get("", summary="The log level")
async def show_level(wiring: WiringDep, caller: OperatorDep) -> LevelAnswer:
    return await _shown(wiring)


@router.put("", summary="Change the log level while it runs")
async def change_level(order: LevelOrder, wiring: WiringDep, caller: OperatorDep, audit: AuditDep) -> LevelAnswer:
    """Of all replicas and actors, within some seconds, and until it is changed again or the service is started anew."""
    async with audit.of(Action.LOG_LEVEL_CHANGE, order.level.value if order.level else "as configured"):
        await wiring.telemetry.set_level(order.level.value if order.level else None)
    return await _shown(wiring)


async def _shown(wiring: Wiring) -> LevelAnswer:
    configured = Level(wiring.settings.log_level.upper())
    return LevelAnswer(level=Level(await wiring.telemetry.level() or configured), configured=configured)
