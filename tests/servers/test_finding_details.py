"""A finding names the request detail that bypassed the guard; each server has exactly one weakness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.cases import case_named
from tests.servers.verdict import compare

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

DETAILS = {
    "odd-guards-the-protocol": "without ALPN",
    "odd-exempts-http-0.9": "by HTTP/0.9",
    "odd-trusts-upgrades-to-http2": "with Upgrade: h2c",
    "odd-overrides-by-form-after-guard": "by POST with _method in a form: GET",
    "odd-guards-without-content": "by GET with a body",
    "odd-removes-first-header": "when it sends x-forwarded-user (common name, after another of that name) of",
    "odd-trusts-underscores": "when it sends X_Forwarded_User (common name) of",
    "odd-removes-what-it-set": "when it sends Connection: X-SSL-Client-Verify, which",
    "odd-orders-broken": '"broken JSON" for the body',
    "odd-orders-any-media": '"text/plain" for the body',
    "odd-orders-empty": "nothing for the body",
    "odd-orders-more": 'the undeclared member "specdrift" (the body: no other members)',
    "odd-orders-crash": '"broken JSON" for the body',
    "odd-discloses-trace": "discloses internal details (HTTP 401): a stack trace of Python",
    "odd-discloses-issuer": "the name of a certificate (OU=CA, CN=",
    "odd-discloses-file": "a file of certificates or keys (/etc/pki/clients.pem)",
    "odd-input-discloses": "discloses internal details: a stack trace of Python",
    "odd-discloses-before-guard": "a stack trace of Python",
}

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(("name", "words"), DETAILS.items(), ids=DETAILS)
def test_the_message_names_the_weakness(name: str, words: str, pki: TestPki) -> None:
    """In every finding of the server, and nothing else."""
    comparison = compare(case_named(name), pki)
    messages = [drift["message"] for drift in comparison.result["drifts"]]
    assert messages
    assert [message for message in messages if words not in message] == []
