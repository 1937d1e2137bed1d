"""The ``phoenix-scan`` command."""

from client.cli.app import app


def main() -> None:
    app()
