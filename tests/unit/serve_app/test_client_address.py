"""Whose word is taken for who is at the other end."""

import pytest
from starlette.requests import Request

from serve_app.identity.client_address import ClientAddresses
from serve_app.proxy import ADDRESS_HEADER, address_token

PEER = "10.1.0.5"
TOKEN = address_token("newest")


def address(*headers: tuple[str, str], peer: str | None = PEER, trusted: tuple[str, ...] = ()) -> str:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    client = None if peer is None else (peer, 50000)
    request = Request({"type": "http", "headers": raw, "client": client})
    return ClientAddresses("newest, older", trusted).of(request)


def by_haproxy(said: str) -> tuple[str, str]:
    return ADDRESS_HEADER, said


FORWARDED = ("X-Forwarded-For", "198.51.100.9")


def test_without_more_it_is_who_connected() -> None:
    assert address() == PEER
    assert address(FORWARDED) == PEER
    assert address(peer=None) == ""
    assert address(peer="testclient") == ""


def test_haproxy_is_believed_by_its_token_alone() -> None:
    assert address(by_haproxy(f"{TOKEN} 192.0.2.7")) == "192.0.2.7"
    assert address(by_haproxy(f"{address_token('older')} ::ffff:192.0.2.7")) == "192.0.2.7"
    for forged in ("192.0.2.7", f"{'0' * 64} 192.0.2.7", " 192.0.2.7", f"{address_token('')} 192.0.2.7", "é 192.0.2.7"):
        assert address(by_haproxy(forged)) == PEER
    assert address(by_haproxy(f"{TOKEN} unix"), peer=PEER) == PEER


def test_what_a_trusted_proxy_says_is_believed_up_to_the_first_that_is_not() -> None:
    trusted = ("10.1.0.0/16", "2001:db8::1")
    assert address(FORWARDED, trusted=trusted) == "198.51.100.9"
    assert address(FORWARDED, peer="10.2.0.1", trusted=trusted) == "10.2.0.1"
    chain = ("X-Forwarded-For", "203.0.113.1, 198.51.100.9, 10.1.0.9")
    assert address(chain, trusted=trusted) == "198.51.100.9"  # what the client itself sent stands before it
    assert address(("X-Forwarded-For", "203.0.113.1"), FORWARDED, trusted=trusted) == "198.51.100.9"
    assert address(by_haproxy(f"{TOKEN} 2001:db8::1"), FORWARDED, trusted=trusted) == "198.51.100.9"
    assert address(by_haproxy(f"{TOKEN} 192.0.2.7"), FORWARDED, trusted=trusted) == "192.0.2.7"
    assert address(("X-Forwarded-For", "198.51.100.9:4711"), trusted=trusted) == "198.51.100.9"
    assert address(("X-Forwarded-For", "[2001:db8::7]:4711"), trusted=trusted) == "2001:db8::7"


@pytest.mark.parametrize("said", ["", "unknown", "_hidden", "1.2.3", ", ,", "198.51.100.9, <script>"])
def test_what_is_no_address_ends_it(said: str) -> None:
    assert address(("X-Forwarded-For", said), trusted=("10.1.0.0/16",)) == PEER
