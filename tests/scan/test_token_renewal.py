"""A token is renewed with another valid certificate of the same CA (CVE-2026-39388)."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest

from specdrift.model.policy import UnsafeMethods
from specdrift.settings import Identity, SchemeSettings, Secret
from tests.scan.credentials_api import OPAQUE
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

BOTH: list[dict[str, list[str]]] = [{"mtls": [], "token": []}]
OK = {"200": {"description": "OK"}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Tokens", "version": "1"},
    "paths": {
        "/accounts": {"get": {"security": BOTH, "responses": OK}},
        "/auth/token/renew-self": {
            "post": {
                "security": BOTH,
                "requestBody": {
                    "content": {
                        "application/json": {"example": {"increment": "1h"}, "schema": {"type": "object"}}
                    }
                },
                "responses": OK,
            }
        },
    },
    "components": {
        "securitySchemes": {
            "mtls": {"type": "mutualTLS"},
            "token": {"type": "http", "scheme": "bearer"},
        }
    },
}


class Compares(Handler):
    """Takes a token with the certificate that it was issued to."""

    owners = True
    """Whether a renewal compares the certificate, too."""

    def respond(self) -> None:
        """Read the accounts."""
        if self.path != "/accounts":
            self.reply(404, {"errors": ["not found"]})
        elif self.is_owner:
            self.reply(200, {"accounts": [{"number": "FI2112345600000785", "balance": 731502}]})
        else:
            self.reply(403, {"errors": ["permission denied"]})

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Renew the token: it stays, and its lease is longer."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        valid = self.caller is not None and self.token in OPAQUE.values()
        if self.path != "/auth/token/renew-self":
            self.reply(404, {"errors": ["not found"]})
        elif valid and (self.is_owner or not self.owners):
            auth = {"client_token": self.token, "lease_duration": 3600, "renewable": True}
            self.reply(200, {"request_id": secrets.token_hex(16), "auth": auth})
        else:
            self.reply(403, {"errors": ["permission denied"]})

    @property
    def is_owner(self) -> bool:
        """Whether the token was issued to this certificate."""
        return OPAQUE.get(self.caller or "") == self.token

    @property
    def token(self) -> str:
        """The token of the request."""
        return self.headers.get("Authorization", "").removeprefix("Bearer ")


class RenewsForSiblings(Compares):
    """Renews with any valid certificate."""

    owners = False


def checked(api: type[Handler], pki: TestPki, folder: Path) -> Result:
    """Check it with two identities, each with a token of its own."""
    document = folder / "openapi.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    tokens = {name: Secret(token) for name, token in OPAQUE.items()}
    with listening(api, pki) as url:
        return run(
            settings_for(
                pki,
                url,
                spec=str(document),
                identities=tuple(
                    Identity(name=name, cert_file=pair.cert, key_file=pair.key)
                    for name, pair in (("alice", pki.alice), ("bob", pki.bob))
                ),
                schemes={"token": SchemeSettings(tokens=tokens, bound_tokens=True)},
                unsafe_methods=UnsafeMethods.SEND,
            )
        )


@pytest.mark.slow
@pytest.mark.parametrize(("api", "expected"), [(Compares, set()), (RenewsForSiblings, {"bob"})])
def test_a_renewal_that_takes_a_sibling_certificate_is_found(
    api: type[Handler], expected: set[str], pki: TestPki, tmp_path: Path
) -> None:
    """As any operation of the document that needs a token and a certificate; the owner's renewal is the control."""
    result = checked(api, pki, tmp_path)
    assert result.undecided == ()
    assert {(d.rule, d.operation.path if d.operation else "", d.identity) for d in result.drifts} == {
        ("token-not-bound", "/auth/token/renew-self", name) for name in expected
    }
