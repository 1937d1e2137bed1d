"""Secrets never land in findings."""

from scanner.families.secrets import evidence, masked


def test_enough_to_recognise_it_but_not_to_use_it() -> None:
    assert masked("hunter2hunter2") == "hun… (14 characters)"
    assert masked("") == ""


def test_code_is_shown_but_where_it_holds_a_secret() -> None:
    assert evidence("eval(x)", ["CWE-95"]) == "eval(x)"
    assert evidence('password = "hunter2"', ["CWE-200", "CWE-259"]) == ""
    assert evidence(None, []) == ""
