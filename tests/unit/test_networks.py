"""Addresses and sets of them."""

import pytest

from app.networks import LOOPBACK, address_of, networks_of, source_of


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.0.0.7/8", "10.1.2.3"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::/32", "2001:db8::1"),
        ("10.0.0.0/8", "::ffff:10.1.2.3"),
        ("::ffff:10.0.0.0/104", "10.1.2.3"),
        ("::/0", "2001:db8::1"),
    ],
)
def test_a_set_has_what_lies_in_it(written: str, address: str) -> None:
    """threats.md S02: listed peers."""
    assert networks_of([f" {written} "]).has(address_of(address))


@pytest.mark.parametrize("address", ["11.0.0.1", "2001:db8::1", "", "ten", "10.0.0.1:80", "1" * 10_000])
def test_a_set_has_nothing_else(address: str) -> None:
    assert not networks_of(["10.0.0.0/8"]).has(address_of(address))


@pytest.mark.parametrize("written", ["ten", "10.0.0.0/33", "proxy.example", "*", ""])
def test_what_is_no_network_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        networks_of([written])


def test_an_empty_set_is_false_and_has_nothing() -> None:
    assert not networks_of([])
    assert not networks_of([]).has(address_of("127.0.0.1"))
    assert LOOPBACK
    assert LOOPBACK.has(address_of("127.1.2.3"))
    assert LOOPBACK.has(address_of("::1"))


def test_addresses_of_one_site_are_one_source() -> None:
    """threats.md S02, S11, S22: per source."""
    assert source_of("2001:db8:0:1::1") == source_of("2001:db8:0:1:ffff::2")
    assert source_of("2001:db8:0:1::1") != source_of("2001:db8:0:2::1")
    assert source_of("::ffff:192.0.2.1") == source_of("192.0.2.1") != source_of("192.0.2.2")
    assert len(source_of("x" * 1000)) == 64
