"""Which addresses requests of ours may go to."""

import socket
from ipaddress import ip_address

import pytest

from scanner.outbound.addresses import AddressRefusedError, Reach, checked_socket, refusal

OWN = ["127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"]
"""Whoever runs the service may choose them; clients may not."""
NEVER = [
    "169.254.169.254",  # metadata of most clouds
    "169.254.170.2",  # of containers
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fd00:42::42",
    "fe80::1",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
]
NOT_PUBLIC = [
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.1",
    "240.0.0.1",
    "255.255.255.255",
    "::127.0.0.1",
    "::ffff:8.8.4.4",
    "64:ff9b::7f00:1",  # NAT64 of loopback
    "64:ff9b::a00:1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::1",  # 6to4
    "2002:808:808::1",
    "2001:0:7f00:1::",  # Teredo
    "2001:20::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fec0::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"]


@pytest.mark.parametrize("text", [*OWN, *NEVER, *NOT_PUBLIC])
def test_what_clients_bring_leads_to_public_addresses_alone(text: str) -> None:
    assert refusal(ip_address(text), Reach.PUBLIC)


@pytest.mark.parametrize("text", PUBLIC)
@pytest.mark.parametrize("reach", Reach)
def test_public_addresses_are_reached(text: str, reach: Reach) -> None:
    assert refusal(ip_address(text), reach) == ""


@pytest.mark.parametrize("text", OWN)
def test_ones_own_network_may_be_chosen(text: str) -> None:
    assert refusal(ip_address(text), Reach.OWN) == ""


@pytest.mark.parametrize("text", NEVER)
def test_nothing_ever_goes_where_clouds_tell_credentials(text: str) -> None:
    assert refusal(ip_address(text), Reach.OWN)


def test_a_socket_is_made_for_an_address_that_may_be_reached() -> None:
    with checked_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))) as made:
        assert made.family is socket.AF_INET
    with pytest.raises(AddressRefusedError, match=r"169\.254\.169\.254"):
        checked_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80)))
