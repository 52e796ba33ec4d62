"""Guards whose own key is not set, or which take any signature or forwarded name; and one that compares all."""

from __future__ import annotations

import base64
import hmac
from urllib.parse import parse_qs, urlsplit

from tests.servers.python.api import find
from tests.servers.python.serve import Guarded

TOKEN, SUPPORT = "trial-7Qx2b91c", "ticket-83m0q1"


class Compares(Guarded):
    """Takes a key, a token, a signed URL or a name from its gateway too; and no client has any of them."""

    key, signing_key = "q7-2b9f04", b"3f1c9e55"
    metadata = "Grpc-Metadata-X-Gateway-Proof"
    handed_out = SUPPORT

    def denied(self) -> None:
        """Look for another proof; refuse with the number of the case."""
        resource = find(self.path, caller="alice")
        if resource is not None and self.is_proven():
            return self.granted(resource)
        return self.reply(401, {"error": "client certificate required", "ticket": self.handed_out})

    def is_proven(self) -> bool:
        """Compare all of them."""
        given = self.headers.get("X-API-Key", "")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return (
            hmac.compare_digest(given.encode(), self.key.encode())
            or self._is_signed(token)
            or self.is_url_signed(parse_qs(urlsplit(self.path).query).get("sig", [""])[0])
            or self.headers.get(self.metadata) == "alice"
            or (self.handed_out == TOKEN and token == TOKEN)
        )

    def _is_signed(self, token: str) -> bool:
        content, _, signature = token.rpartition(".")
        made = hmac.digest(self.signing_key, content.encode(), "sha256")
        return "." in content and signature == base64.urlsafe_b64encode(made).decode().rstrip("=")

    def is_url_signed(self, signature: str) -> bool:
        """Compare the signature of the path."""
        return signature == hmac.digest(self.signing_key, urlsplit(self.path).path.encode(), "sha256").hex()


class KeyIsNotSet(Compares):
    """Its variable has no value, which its language writes as a word."""

    key = str(None)


class SigningKeyOfAnExample(Compares):
    """Was copied with the signing key."""

    signing_key = b"your-256-bit-secret"


class AnySignature(Compares):
    """Leaves the comparison to a gateway that is no longer there."""

    def is_url_signed(self, signature: str) -> bool:
        """Compare nothing."""
        return bool(signature)


class TrustsMetadata(Compares):
    """Takes the name of the caller from gRPC metadata, which its gateway fills from any client's field."""

    metadata = "Grpc-Metadata-X-Client-CN"


class HandsOutATrial(Compares):
    """Gives the clients that it refuses a token, and takes it."""

    handed_out = TOKEN

    def denied(self) -> None:
        """Name it by its purpose."""
        resource = find(self.path, caller="alice")
        if resource is not None and self.is_proven():
            return self.granted(resource)
        return self.reply(401, {"error": "client certificate required", "trial_token": TOKEN})


HANDLERS: dict[str, type[Guarded]] = {
    "compares-guesses": Compares,
    "key-is-not-set": KeyIsNotSet,
    "signing-key-of-an-example": SigningKeyOfAnExample,
    "takes-any-signature": AnySignature,
    "trusts-metadata": TrustsMetadata,
    "hands-out-a-trial": HandsOutATrial,
}
