from pathlib import Path

from client.cli import commands
from client.cli.manual import page

PAGE = Path(__file__).parents[3] / "docs" / "phoenix-scan.1"


def test_the_manual_is_that_of_the_commands() -> None:
    """Else: ``python -m client.cli.manual > docs/phoenix-scan.1``."""
    assert page() == PAGE.read_text()


def test_it_knows_every_command_and_option_and_no_other_request() -> None:
    lines = page().splitlines()
    titles = [line.split('"')[1].split()[0].replace("\\-", "-") for line in lines if line.startswith(".SS ")]
    assert {*commands.OWN, "up", "translate", "keys"} <= {*titles}
    assert len(titles) == len({*titles})
    assert "\\fB\\-\\-files\\-from FILE\\fR" in lines
    requests = {line.split()[0] for line in lines if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".SS", ".B", ".PP", ".TP", ".nf", ".fi"}
