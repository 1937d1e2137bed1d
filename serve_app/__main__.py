"""``python -m serve_app up``: the commands without the client's command line, for the process that ``up --detach`` starts."""

import typer

from serve_app.commands.service import doctor, down, up

app = typer.Typer(add_completion=False)
app.command()(up)
app.command()(down)
app.command()(doctor)
app()
