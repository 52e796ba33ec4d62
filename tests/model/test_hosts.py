"""What a host is decides whether it can be a server name."""

import pytest

from specdrift.model.contract.hosts import is_address


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "2001:db8::7", "::ffff:192.0.2.1", "fe80::1%eth0"])
def test_an_address_is_one(host: str) -> None:
    """Of either family."""
    assert is_address(host)


@pytest.mark.parametrize(
    "host", ["", "localhost", "a.test", "1.2.3", "1.2.3.4.5", "999.1.1.1", "127.0.0.1.", "12", "[::1]", "a:b"]
)
def test_digits_and_dots_do_not_make_an_address(host: str) -> None:
    """A name of digits goes out as SNI, as the TLS library sends it."""
    assert not is_address(host)
