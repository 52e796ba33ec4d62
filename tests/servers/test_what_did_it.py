"""A finding says what it was that stepped around the guard: the server has one hole, and that is the one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.cases import case_named
from tests.servers.verdict import compare

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

TOLD = {
    "odd-guards-the-protocol": "without ALPN",
    "odd-trusts-oldest-clients": "by HTTP/0.9",
    "odd-trusts-upgrades-to-http2": "with Upgrade: h2c",
    "odd-overrides-by-form-after-guard": "by POST with _method in a form: GET",
    "odd-guards-without-content": "by GET with a body",
    "odd-deletes-the-first": "when it sends x-forwarded-user (common name, after another of that name) of",
    "odd-believes-underscores": "when it sends X_Forwarded_User (common name) of",
    "odd-removes-what-it-set": "when it sends Connection: X-SSL-Client-Verify, which",
    "odd-orders-broken": '"broken JSON" for all of it (body)',
    "odd-orders-any-media": '"text/plain" for all of it (body)',
    "odd-orders-empty": "nothing for all of it (body)",
    "odd-orders-more": 'the undeclared member "specdrift" (all of it: no other members)',
    "odd-orders-crash": '"broken JSON" for all of it (body)',
    "odd-tells-its-trace": "discloses internal details (HTTP 401): a stack trace of Python",
    "odd-tells-its-issuer": "the name of a certificate (OU=CA, CN=",
    "odd-tells-its-file": "a file of certificates or keys (/etc/pki/clients.pem)",
    "odd-input-tells": "discloses internal details: a stack trace of Python",
    "odd-tells-before-guard": "a stack trace of Python",
}

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(("name", "words"), TOLD.items(), ids=TOLD)
def test_the_message_names_the_hole(name: str, words: str, pki: TestPki) -> None:
    """In every finding of the server, with what it needs and nothing beside."""
    comparison = compare(case_named(name), pki)
    messages = [drift["message"] for drift in comparison.result["drifts"]]
    assert messages
    assert [message for message in messages if words not in message] == []
