"""From a URL to the one address that is connected to."""

from collections.abc import Sequence

import pytest

from scanner.outbound.addresses import Reach
from scanner.outbound.destinations import DestinationError, NoSuchHostError, PrivateAddressError, Resolve, Resolver, parse, pin

NO_DESTINATIONS = [
    "ftp://a.example",
    "file:///etc/passwd",
    "gopher://a.example",
    "http://",
    "http:///path",
    "//a.example",
    "a.example",
    "http://a.example:port",
    "http://user@a.example",
    "http://user:hunter2@a.example",
    "http://good.example\\@evil.example",
    "http://good.example /x",
    "http://a.example/\n",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://127.1",
    "http://0x7f.1",
    "http://127.0.0.1.",
    "http://１２７.0.0.1",
    "http://[fe80::1%25eth0]",
    "http://ex%61mple.com",
    "http://[::1",
    "http://a.example:0",
    "http://a.example:22",
    "http://a.example:25",
    "http://a.example:99999",
    "http://a.example:6667",
]


def found(*addresses: str) -> Resolve:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize("url", NO_DESTINATIONS)
def test_what_is_no_plain_web_address_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(DestinationError) as refused:
        parse(url)
    assert "evil" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://a.example", "https://a.example:8443/x?y=z", "http://8.8.8.8:8080", "https://[2606:4700::1]"]
)
def test_plain_web_addresses_are_taken(url: str) -> None:
    assert str(parse(url)) == url


async def test_the_address_takes_the_place_of_the_host() -> None:
    pinned = await pin("https://Hooks.example.com:8443/a?x=1", Reach.PUBLIC, found("8.8.8.8", "8.8.4.4"))
    assert str(pinned.url) == "https://8.8.8.8:8443/a?x=1"
    assert (pinned.host_header, pinned.sni_hostname) == ("hooks.example.com:8443", "hooks.example.com")


async def test_an_ipv6_address_is_put_in_brackets() -> None:
    pinned = await pin("https://hooks.example.com/a", Reach.PUBLIC, found("2606:4700::1"))
    assert str(pinned.url) == "https://[2606:4700::1]/a"


async def test_names_are_looked_up_in_ascii() -> None:
    pinned = await pin("https://münchen.example/a", Reach.PUBLIC, found("8.8.8.8"))
    assert (pinned.host_header, pinned.sni_hostname) == ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example")


async def test_one_private_address_among_public_ones_is_enough_and_is_not_told() -> None:
    with pytest.raises(PrivateAddressError) as refused:
        await pin("https://hooks.example.com/a", Reach.PUBLIC, found("8.8.8.8", "10.0.0.1"))
    assert str(refused.value) == "hooks.example.com is at a private address"


async def test_a_private_address_may_be_allowed_and_metadata_never() -> None:
    assert str((await pin("http://[::1]:8080/hook", Reach.OWN, found("::1"))).url) == "http://[::1]:8080/hook"
    for reach in Reach:
        with pytest.raises(DestinationError, match="metadata") as refused:
            await pin("http://hooks.example.com", reach, found("169.254.169.254"))
        assert not isinstance(refused.value, PrivateAddressError)


async def test_a_name_without_an_address_is_none() -> None:
    with pytest.raises(NoSuchHostError):
        await pin("http://hooks.example.com", Reach.OWN, found())
    resolver = Resolver(1)
    with pytest.raises(NoSuchHostError):
        await resolver("a" * 64 + ".example", 80)
    assert await resolver("127.0.0.1", 80) == ["127.0.0.1"]
    resolver.close()
