"""Servers that disclose internal details in refusals, and correct twins."""

from __future__ import annotations

import html
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.odd.inputs import InputChecked
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from collections.abc import Mapping


class LogsTrace(Guarded):
    """The guard raises an exception without a certificate, which is caught."""

    def denied(self) -> None:
        """Refuse, and pass on the trace."""
        try:
            self.demand()
        except LookupError:
            self.refuse(traceback.format_exc())

    def demand(self) -> None:
        """Raise the exception of a missing certificate."""
        raise LookupError("there is no certificate")

    def refuse(self, trace: str) -> None:
        """Log the trace, and refuse without it."""
        self.log_message("%s", trace)
        self.reply(401, {"error": "client certificate required"})


class DisclosesTrace(LogsTrace):
    """Returns the trace, as frameworks in development mode do."""

    def refuse(self, trace: str) -> None:
        """Refuse with the trace."""
        self.reply(401, {"error": "client certificate required", "detail": trace})


class DisclosesIssuer(Guarded):
    """Names the issuer of valid certificates in a refusal; the handshake does not contain it."""

    def denied(self) -> None:
        """Refuse with the name of the CA."""
        subject: Any = self.connection.context.get_ca_certs()[0]["subject"]
        names = [f"{SHORT[key]}={value}" for rdn in subject for key, value in rdn]
        self.reply(401, {"error": "client certificate required", "issuer": ", ".join(names)})


class LinksIssuer(Guarded):
    """Links to the issuer's certificate in a refusal."""

    def denied(self) -> None:
        """Refuse with a URL."""
        where = "https://pki.example.test/etc/pki/clients.pem"
        self.reply(401, {"error": "client certificate required", "issuer": where})


SHORT = {"commonName": "CN", "organizationalUnitName": "OU"}


class DisclosesFile(Guarded):
    """Names the file of the client CA in a refusal."""

    def denied(self) -> None:
        """Refuse with the text of an exception."""
        self.reply(401, {"error": "no issuer in /etc/pki/clients.pem has signed it"})


class InputDiscloses(InputChecked):
    """Refuses invalid input with the trace of the exception."""

    def found(self, query: Mapping[str, str]) -> None:
        """Return 400, with the trace."""
        try:
            int(query.get("limit", ""))
        except ValueError:
            return self.reply(400, {"error": traceback.format_exc()})
        return super().found(query)


class FailsBeforeGuard(InputChecked):
    """Parses the limit before it authorizes the caller."""

    def missing(self) -> None:
        """Fail at an invalid number."""
        url = urlsplit(self.path)
        try:
            if url.path == "/search":
                int(parse_qs(url.query).get("limit", [""])[0])
        except ValueError:
            return self.fail()
        return super().missing()

    def fail(self) -> None:
        """Answer as a framework after an uncaught exception."""
        self.reply(500, {"error": "internal error"})


class DisclosesBeforeGuard(FailsBeforeGuard):
    """The same, with a page for developers."""

    def fail(self) -> None:
        """Return the trace."""
        self.reply(500, f"<h1>ValueError</h1><pre>{html.escape(traceback.format_exc())}</pre>")
