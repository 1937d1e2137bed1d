"""``/``: the web page, as `make env` has built it from ``web/``; the wheel carries it."""

from functools import cache
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from serve_app.answering.pages import own_page

router = APIRouter(include_in_schema=False)
BUILT = Path(__file__).parents[1] / "page"
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Phoenix Scanner</title>
<h1>Phoenix Scanner</h1>
<p>The web page has not been built: <code>make env</code> does it. The API is there all the same.</p>
<p><a href="docs">API documentation</a> · <a href="openapi.json">OpenAPI</a> ·
<a href="api/v1/health">health</a></p></html>
"""


class Assets(StaticFiles):
    """Files whose names hold the hash of what is in them: what a browser has it need not ask for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


@router.get("/", response_class=HTMLResponse)
async def index() -> HTMLResponse:
    return own_page(HTMLResponse(_index(), headers={"Cache-Control": "no-cache"}))


@cache
def _index() -> str:
    built = BUILT / "index.html"
    return built.read_text(encoding="utf-8") if built.exists() else _NOT_BUILT


def mount_assets(app: FastAPI) -> None:
    app.mount("/assets", Assets(directory=BUILT / "assets", check_dir=False), name="assets")
