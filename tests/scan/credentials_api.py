"""A small API that asks for API keys and tokens beside certificates; each policy gets one thing wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.pki import Pair, TestPki

API_KEY = f"key-{secrets.token_hex(12)}"
SIGNING_KEY = secrets.token_bytes(32)
OPAQUE = {"alice": f"opaque-{secrets.token_hex(12)}", "bob": f"opaque-{secrets.token_hex(12)}"}

Needs = dict[str, list[str]]
MTLS: Needs = {"mtls": []}
KEY: Needs = {"key": []}
OAUTH: Needs = {"oauth": []}
PATHS: dict[str, list[Needs]] = {
    "/both": [{**MTLS, **KEY}],
    "/either": [MTLS, KEY],
    "/token": [{**MTLS, **OAUTH}],
    "/token-only": [OAUTH],
}


def document(paths: dict[str, list[Needs]]) -> dict[str, Any]:
    """Describe an API of these paths."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Credentials", "version": "1"},
        "paths": {
            path: {"get": {"security": security, "responses": {"200": {"description": "OK"}}}}
            for path, security in paths.items()
        },
        "components": {
            "securitySchemes": {
                "mtls": {"type": "mutualTLS"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "oauth": {"type": "http", "scheme": "bearer"},
            }
        },
    }


DOCUMENT = document(PATHS)
DOCUMENT["paths"]["/both"]["get"]["responses"]["200"]["content"] = {"application/json": {}, "text/csv": {}}
BY_ROLE = document({"/ledger": [{"mtls": ["admin"]}, {"mtls": ["support"], "key": []}]})
ROLES = {"alice": "admin", "bob": "support", "revoked": "reader"}
EITHER_TOKEN = document({"/either-token": [MTLS, OAUTH]})


def _none(_: str) -> bool:
    return False


class Policy(Struct, frozen=True, kw_only=True):
    """What the API looks at; all of it by default."""

    key: bool = True
    key_value: bool = True
    key_suffices: bool = True
    key_forms: Callable[[str], bool] = _none
    """Wrong keys that the API accepts."""
    token: bool = True
    token_forms: Callable[[str], bool] = _none
    """Signatures that the API accepts, beside its own; an empty one is none."""
    binding: bool = True
    certificate: bool = True
    without_key: str = ""
    """An identity that needs no key."""
    csv_without_key: bool = False
    """As text/csv, an answer needs no key."""
    key_replaces_role: bool = False
    """With a key, a certificate needs no role."""


class Api(Handler):
    """Answers its four paths by its policy."""

    policy: ClassVar[Policy]

    def respond(self) -> None:
        """What each path asks for."""
        asks = {
            "/both": lambda: self._known() and self._key(),
            "/either": lambda: bool(self.caller) or (self.policy.key_suffices and self._key()),
            "/token": lambda: self._known() and self._token(),
            "/token-only": self._token,
            "/either-token": self._certificate_or_token,
            "/ledger": self._role,
        }.get(self.path)
        if asks is None:
            return self.reply(404, {"error": "not found"})
        if asks():
            return self.reply(200, {"path": self.path, "items": []})
        if self.path.startswith("/either"):
            return self.reply(400, {"error": "a client certificate is required"})
        return self.reply(401, {"error": "unauthorized"})

    def _certificate_or_token(self) -> bool:
        return bool(self.caller) or self._token()

    def _role(self) -> bool:
        role = ROLES.get(self.caller or "")
        by_key = self._key() and (role == "support" or (bool(role) and self.policy.key_replaces_role))
        return role == "admin" or by_key

    def _known(self) -> bool:
        return bool(self.caller) or not self.policy.certificate

    def _key(self) -> bool:
        given = self.headers.get("X-Key", "")
        if not self.policy.key or (self.caller and self.caller == self.policy.without_key):
            return True
        if self.policy.csv_without_key and self.headers.get("Accept") == "text/csv":
            return True
        if self.policy.key_forms(given) and self.headers.get("X-Key") is not None:
            return True
        return given == API_KEY if self.policy.key_value else bool(given)

    def _token(self) -> bool:
        if not self.policy.token:
            return True
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in OPAQUE.values():
            return not self.policy.binding or OPAQUE.get(self.caller or "") == token
        signature = token.rpartition(".")[2]
        claims = claims_of(token) if self.policy.token_forms(signature) else verified(token)
        if claims is None:
            return False
        bound = claims.get("cnf", {}).get("x5t#S256")
        return not (bound and self.policy.binding) or bound == thumbprint_of(self.connection)


@contextmanager
def serving(policy: Policy, pki: TestPki) -> Iterator[str]:
    """The base URL of the API under a policy; client certificates are requested, but optional."""
    with listening(type("PolicyApi", (Api,), {"policy": policy}), pki) as url:
        yield url


def jwt(subject: str, *, bound_to: Pair | None = None, issuer: str = "") -> str:
    """A signed token (RFC 7515, HS256), bound to a certificate (RFC 8705) or to none."""
    claims: dict[str, Any] = {"sub": subject}
    if issuer:
        claims["iss"] = issuer
    if bound_to is not None:
        pem = bound_to.cert.read_text().partition("-----END")[0] + "-----END CERTIFICATE-----\n"
        claims["cnf"] = {"x5t#S256": _base64url(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest())}
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
    return f"{signed}.{_signature(signed)}"


def verified(token: str) -> dict[str, Any] | None:
    """The claims of a token that is signed by us."""
    signed, _, signature = token.rpartition(".")
    if not signed or not hmac.compare_digest(_signature(signed), signature):
        return None
    return claims_of(token)


def claims_of(token: str) -> dict[str, Any] | None:
    """The claims of a token, with any signature."""
    try:
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    except (IndexError, ValueError):
        return None
    return claims


def thumbprint_of(connection: ssl.SSLSocket) -> str:
    """The thumbprint of the certificate that a caller showed; empty without one."""
    der = connection.getpeercert(binary_form=True)
    return _base64url(hashlib.sha256(der).digest()) if der else ""


def _signature(signed: str) -> str:
    return _base64url(hmac.digest(SIGNING_KEY, signed.encode(), "sha256"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
