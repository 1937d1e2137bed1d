"""Packages and their versions."""

from scanner.normalize.packages import patched


def test_what_a_fixed_version_has_to_meet_is_a_version() -> None:
    assert patched([">=1.2.3", "~> 1.1.4", "^0.8", ">= 1.0, < 2.0", "= 3", "> 4", "2.0-1", "< 9"]) == [
        *("1.2.3", "1.1.4", "0.8", "1.0", "3", "> 4", "2.0-1"),
    ]
