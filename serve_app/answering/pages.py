"""The pages for people: what may run in them is told to the browser by its hash, and nothing else may."""

import hashlib
import re
from base64 import b64encode

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi_offline import FastAPIOffline

_STATIC = "/static-offline-docs"
_INLINE = re.compile(r"<(script|style)[^>]*>(.*?)</\1>", re.DOTALL)


def with_pages(**given: str | object) -> FastAPI:
    """An application with ``/docs``, whose scripts are its own. ReDoc is left out: it wants an image from elsewhere."""
    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        static_url=_STATIC,
        redirect_slashes=False,  # to what the Host header says, whoever wrote it
        **given,
    )

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return page(
            get_swagger_ui_html(
                openapi_url=f"{root}{app.openapi_url}",
                title=f"{app.title} - API",
                swagger_js_url=f"{root}{_STATIC}/swagger-ui-bundle.js",
                swagger_css_url=f"{root}{_STATIC}/swagger-ui.css",
                swagger_favicon_url=f"{root}{_STATIC}/favicon.png",
            )
        )

    return app


def page(answer: HTMLResponse) -> HTMLResponse:
    """With a policy for just the scripts and styles that it has. Nothing in it may come from outside the service."""
    answer.headers["Content-Security-Policy"] = content_policy(bytes(answer.body).decode())
    return answer


def own_page(answer: HTMLResponse) -> HTMLResponse:
    """As `page`, for one of ours: in it no text can become markup or script, whatever a report has put there."""
    answer = page(answer)
    answer.headers["Content-Security-Policy"] += "; require-trusted-types-for 'script'; trusted-types 'none'"
    return answer


def content_policy(html: str) -> str:
    inline: dict[str, set[str]] = {"script": set(), "style": set()}
    for kind, text in _INLINE.findall(html):
        if text.strip():
            inline[kind].add(_hash(text))
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *sorted(inline["script"]))),
            " ".join(("style-src 'self'", *sorted(inline["style"]))),
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
