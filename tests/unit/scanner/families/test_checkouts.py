"""A file of a checkout is called the same wherever that stands, by whatever system it is written."""

import pytest

from scanner.families.checkouts import below_checkout


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py",
        "src\\a.py",
        "/home/runner/work/shop/shop/src/a.py",
        "/Users/runner/work/shop/shop/src/a.py",
        "/github/workspace/src/a.py",
        "C:\\Users\\dev\\source\\repos\\shop\\src\\a.py",
        "D:\\a\\1\\s\\src\\a.py",
    ],
)
def test_the_same_file(path: str) -> None:
    assert below_checkout(path) == "src/a.py"


def test_what_is_known_of_no_checkout_stays() -> None:
    assert below_checkout("/srv/x/shop/src/a.py") == "/srv/x/shop/src/a.py"
