"""URLs taken apart."""

import pytest

from scanner.normalize.urls import origin


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.example:443/a?b=1", "https://shop.example"),
        ("http://shop.example:8080/a", "http://shop.example:8080"),
        ("HTTP://me:secret@Shop.example/", "http://shop.example"),
        ("http://[::1]:90/", "http://[::1]:90"),
        ("http://shop.example:port/", ""),
        ("shop.example/a", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_where_a_url_begins(url: str | None, expected: str) -> None:
    assert origin(url) == expected
