"""The ``phoenix-scan`` command."""

from client.cli.commands import app


def main() -> None:
    app()
