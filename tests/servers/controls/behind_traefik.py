"""The test API behind Traefik, which passes the verified certificate on in a header; the argument names the guard."""

from __future__ import annotations

import base64
import binascii
import sys
from urllib.parse import unquote

from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.servers.envoy.backend import Open, Server
from tests.servers.python.serve import KNOWN

CERTIFICATE = "X-Forwarded-Tls-Client-Cert"


def name_in(written: str) -> str | None:
    """Return the known name in the first certificate of a list in base64; None if there is none."""
    try:
        der = base64.b64decode(unquote(written).partition(",")[0], validate=True)
        common = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (binascii.Error, ValueError):
        return None
    return next((str(each.value) for each in common if each.value in KNOWN), None)


class Inside(Open):
    """Requires the certificate of what comes from Traefik; other requests are calls from inside."""

    def respond(self) -> None:
        """Requests without X-Forwarded-Host did not pass Traefik."""
        outside = "X-Forwarded-Host" in self.headers
        if outside and name_in(self.headers.get(CERTIFICATE, "")) is None:
            self.reply(401, {"error": "client certificate required"})
        else:
            super().respond()


class Auth(Open):
    """The API, and the service that Traefik asks first, which reads headers as WSGI and CGI do."""

    def respond(self) -> None:
        """Return 401 to the question of Traefik if no header has a certificate, whatever separates its words."""
        if self.path != "/auth":
            super().respond()
            return
        wanted = CERTIFICATE.lower().replace("-", "_")
        values = [value for name, value in self.headers.items() if name.lower().replace("-", "_") == wanted]
        if any(name_in(value) for value in values):
            self.reply(200, {"known": True})
        else:
            self.reply(401, {"error": "client certificate required"})


if __name__ == "__main__":
    Server({"inside": Inside, "auth": Auth}[sys.argv[1]]).announce_and_serve()
