"""``/``: what this is, for somebody who opens it in a browser."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from serve_app.answering.pages import page

router = APIRouter(include_in_schema=False)
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Phoenix Scanner</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>Phoenix Scanner</h1>
<p>Brings security scan reports into the Phoenix Security platform.</p>
<pre><code>curl -H "X-API-Key: $KEY" -F file=@report.json http://…/api/v1/upload</code></pre>
<p><a href="docs">API documentation</a> · <a href="redoc">reference</a> · <a href="openapi.json">OpenAPI</a> ·
<a href="api/v1/health">health</a></p></html>
"""


@router.get("/", response_class=HTMLResponse)
async def index() -> HTMLResponse:
    return page(HTMLResponse(_PAGE))
