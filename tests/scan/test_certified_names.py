"""Which names of the server's certificate are sent to its listener: not those of other owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from specdrift.model.exchange.probe import Endpoint
from specdrift.scan.execution.opening.certified_names import certified_names
from tests.pki.world import issue, new_key

if TYPE_CHECKING:
    from collections.abc import Sequence


def names_for(host: str, address: str, certified: Sequence[str]) -> tuple[str, ...]:
    """Return what is sent to a listener with a certificate for these names."""
    member = issue("server", key=new_key("ec"), names=[x509.DNSName(name) for name in certified])
    der = member.certificate.public_bytes(Encoding.DER)
    return certified_names(der, Endpoint(host=host, port=443, server_name=host, address=address))


@pytest.mark.parametrize(
    ("host", "address", "certified", "expected"),
    [
        ("localhost", "127.0.0.1", ("localhost", "admin.test"), ("admin.test",)),
        ("api.example.com", "10.0.0.7", ("api.example.com", "other.test"), ("other.test",)),
        ("api.example.com", "8.8.8.8", ("Admin.example.com", "*.example.com"), ("admin.example.com",)),
        ("api.example.com", "8.8.8.8", ("*.example.com", "example.com"), ("example.com",)),
        ("example.com", "8.8.8.8", ("example.com", "www.example.com"), ("www.example.com",)),
        ("localhost", "127.0.0.1", ("localhost", "*.apps.test"), ("api.apps.test",)),
        ("example.com", "8.8.8.8", ("example.com", "*.example.com"), ("api.example.com",)),
        ("example.co.uk", "8.8.8.8", ("example.co.uk", "another.co.uk"), ()),
        ("api.example.com", "8.8.8.8", ("*.example.com", "admin.example.com", "customer.test"), ()),
        ("example.com", "8.8.8.8", ("example.com", "example.org"), ()),
        ("api.example.com", "8.8.8.8", ("api.example.com",), ()),
        ("api.example.com", "", ("api.example.com", "example.org"), ()),
    ],
    ids=[
        "a local listener",
        "a private address",
        "beside the target",
        "no wildcard",
        "below the target",
        "one of all below another name",
        "one of all below the target",
        "below a public suffix",
        "of several owners",
        "of another domain",
        "its own alone",
        "an unknown address",
    ],
)
def test_names_of_the_owner_are_sent(
    host: str, address: str, certified: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """A certificate that several owners share, as that of a content network, names sites that must get nothing."""
    assert names_for(host, address, certified) == expected


@pytest.mark.parametrize("der", [b"", b"no certificate"])
def test_a_certificate_that_cannot_be_read_names_nothing(der: bytes) -> None:
    """The server may have none, and what it sends is hostile."""
    endpoint = Endpoint(host="localhost", port=443, server_name="localhost", address="127.0.0.1")
    assert certified_names(der, endpoint) == ()
