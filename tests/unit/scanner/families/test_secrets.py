"""Secrets never land in findings."""

from scanner.families.secrets import evidence, hidden, masked, unquoted


def test_enough_to_recognise_it_but_not_to_use_it() -> None:
    assert masked("hunter2hunter2") == "hun… (14 characters)"
    assert masked("") == ""
    assert masked("abc") == "a… (3 characters)"


def test_secrets_are_hidden_in_other_texts() -> None:
    assert hidden("GET /?k=hunter2hunter2 failed", ["hunter2", "hunter2hunter2"]) == "GET /?k=hun… (14 characters) failed"
    assert hidden("it is on", ["", "on"]) == "it is on"
    assert hidden("use ghp_notatokennotatoken12 here") == "use ghp… (24 characters) here"
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
    assert "MIIE" not in hidden(key).replace("MI… (", "")


def test_what_a_message_quotes_of_a_secret_is_hidden() -> None:
    assert unquoted("Possible hardcoded password: 'hunter2hunter2'") == "Possible hardcoded password: 'hun… (14 characters)'"
    assert unquoted('The hard-coded value "hunter2hunter2" is used') == 'The hard-coded value "hun… (14 characters)" is used'
    assert unquoted("A secret is in 'src/a.py'") == "A secret is in 'src/a.py'"


def test_code_is_shown_but_where_it_holds_a_secret() -> None:
    assert evidence("eval(x)", ["CWE-95"]) == "eval(x)"
    assert evidence('password = "hunter2"', ["CWE-200", "CWE-259"]) == ""
    assert evidence(None, []) == ""
