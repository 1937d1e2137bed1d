"""Version 2: cursors, filters, many at once, and problems as RFC 9457 has them; over the same core as version 1."""

from fastapi import APIRouter

from serve_app.routes.v2 import administration, bulks, jobs, knowledge

ROUTERS: tuple[APIRouter, ...] = (jobs.router, bulks.router, knowledge.router, administration.router)
