"""Proxies that do not set X-Forwarded-Client-Cert, in front of a service that reads the caller from nothing else.

Envoy's modes of ``forward_client_cert_details``, in one program with the service. Where the header is not set, valid
certificates are refused; what a client writes into it decides.
"""

from __future__ import annotations

from tests.servers.odd.forwarded import CERTIFICATES, common_name
from tests.servers.python.serve import Guarded

XFCC, ENVOY = "X-Forwarded-Client-Cert", "Envoy's Hash, Cert, Subject"


class AlwaysForwards(Guarded):
    """ALWAYS_FORWARD_ONLY: the header of any client passes."""

    @property
    def passes(self) -> bool:
        """Whether the proxy forwards the client's header."""
        return True

    @property
    def caller(self) -> str | None:
        """The name in the certificate that the header carries."""
        value = self.headers.get(XFCC)
        if value is None or not self.passes:
            return None
        try:
            return common_name(CERTIFICATES[ENVOY](value).subject)
        except ValueError:
            return None


class ForwardsOfClients(AlwaysForwards):
    """FORWARD_ONLY: the header passes on connections with a client certificate."""

    @property
    def passes(self) -> bool:
        """Whether the client has a valid certificate."""
        return super(AlwaysForwards, self).caller is not None


class Sanitizes(AlwaysForwards):
    """SANITIZE: no header passes, and none is set."""

    @property
    def passes(self) -> bool:
        """Never."""
        return False


class AnswersAnyHeader(Sanitizes):
    """As SANITIZE, behind a page with status 200 for requests whose header section is unusual."""

    def respond(self) -> None:
        """Answer many headers with a page."""
        if len(self.headers) > 10:
            return self.reply(200, {"page": "diagnostics", "fields": len(self.headers)})
        return super().respond()


class ReadsTheHeader(AlwaysForwards):
    """ALWAYS_FORWARD_ONLY, with a service that refuses every caller, and a bad header with status 200."""

    def respond(self) -> None:
        """Name the header that cannot be named_caller."""
        if XFCC in self.headers:
            return self.reply(200, {"error": "untrusted X-Forwarded-Client-Cert"})
        return super().respond()


class Sets(AlwaysForwards):
    """SANITIZE_SET: the header is what the handshake showed."""

    @property
    def caller(self) -> str | None:
        """The name in the certificate of the connection."""
        return super(AlwaysForwards, self).caller
