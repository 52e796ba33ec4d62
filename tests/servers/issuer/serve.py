"""The API, the metadata of its issuer, and a second listener of the issuer."""

from __future__ import annotations

import ssl
from threading import Thread
from typing import Any, ClassVar

from msgspec import Struct

from tests.servers.python.serve import Guarded
from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

METADATA = "/.well-known/openid-configuration"
FILLER = [f"https://issuer.example.test/claims/{number}" for number in range(60)]
"""Makes the metadata longer than an excerpt of a body."""


class Policy(Struct, frozen=True, kw_only=True):
    """What a variant announces, and what its listeners request."""

    second: ssl.VerifyMode = ssl.CERT_NONE
    """Verification of the second listener."""
    aliases: bool = False
    """The second listener is announced as the alias of the token endpoint."""
    token_there: bool = False
    """The token endpoint itself is on the second listener."""
    methods: tuple[str, ...] = ("tls_client_auth", "self_signed_tls_client_auth")
    binds: bool = True
    other_issuer: bool = False
    """The metadata name another issuer."""


class WithIssuer(Guarded):
    """The API, the metadata and the token endpoint beside them."""

    policy: ClassVar[Policy]
    second_port: ClassVar[int] = 0

    def respond(self) -> None:
        """Answer the issuer's paths, and those of the API."""
        if self.path == METADATA:
            return self.reply(200, self._metadata())
        if self.path == "/token":
            return self.reply(405, {"error": "invalid_request"}, Allow="POST")
        return super().respond()

    def _metadata(self) -> dict[str, Any]:
        origin = f"https://{self.headers['Host']}"
        policy, second = self.policy, f"https://127.0.0.1:{self.second_port}/token"
        members: dict[str, Any] = {
            "claims_supported": FILLER,
            "issuer": "https://issuer.example.test" if policy.other_issuer else origin,
            "token_endpoint": second if policy.token_there else f"{origin}/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", *policy.methods],
            "tls_client_certificate_bound_access_tokens": policy.binds,
        }
        if policy.aliases:
            members["mtls_endpoint_aliases"] = {"token_endpoint": second}
        return members


class TokenEndpoint(Handler):
    """The token endpoint on the second listener."""

    def respond(self) -> None:
        """Refuse GET."""
        self.reply(405, {"error": "invalid_request"}, Allow="POST")


VARIANTS = {
    "aliases": Policy(aliases=True, second=ssl.CERT_OPTIONAL),
    "aliases-required": Policy(aliases=True, second=ssl.CERT_REQUIRED),
    "aliases-without-mtls": Policy(aliases=True),
    "no-aliases": Policy(),
    "no-aliases-without-mtls": Policy(token_there=True),
    "nothing-announced": Policy(token_there=True, methods=(), binds=False),
    "other-issuer": Policy(token_there=True, other_issuer=True),
}


def main() -> None:
    """Serve the variant that the command line names."""
    options = arguments()
    policy = VARIANTS[options.variant]
    second = TlsServer(server_context(options, policy.second), TokenEndpoint)
    Thread(target=second.serve_forever, daemon=True).start()
    handler = type("Api", (WithIssuer,), {"policy": policy, "second_port": second.server_port})
    TlsServer(server_context(options, ssl.CERT_OPTIONAL), handler).announce_and_serve()


if __name__ == "__main__":
    main()
