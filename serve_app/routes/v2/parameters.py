"""Query parameters that lists have in common."""

from typing import Annotated

from fastapi import Query

from serve_app.services.pages import MOST

After = Annotated[str, Query(max_length=400, description="`next` of the page before; the first page without.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most items of the page.")]
