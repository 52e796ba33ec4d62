"""Servers that tell of their insides where they refuse, and the same ones keeping it to themselves."""

from __future__ import annotations

import html
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.odd.inputs import InputChecked
from tests.servers.python.serve import Guarded

if TYPE_CHECKING:
    from collections.abc import Mapping


class KeepsItsTrace(Guarded):
    """Its guard fails without a certificate, and somebody has caught that."""

    def denied(self) -> None:
        """Refuse, and write to the log why."""
        try:
            self.demand()
        except LookupError:
            self.refuse(traceback.format_exc())

    def demand(self) -> None:
        """Take the first of what there is."""
        raise LookupError("there is no certificate")

    def refuse(self, trace: str) -> None:
        """Say no more than that."""
        self.log_message("%s", trace)
        self.reply(401, {"error": "client certificate required"})


class TellsItsTrace(KeepsItsTrace):
    """As frameworks do while they are being developed with."""

    def refuse(self, trace: str) -> None:
        """Say all of it."""
        self.reply(401, {"error": "client certificate required", "detail": trace})


class TellsItsIssuer(Guarded):
    """Helps those who have no certificate with the name of who must have signed it. The handshake does not say it."""

    def denied(self) -> None:
        """Refuse, and name the CA."""
        subject: Any = self.connection.context.get_ca_certs()[0]["subject"]
        names = [f"{SHORT[key]}={value}" for rdn in subject for key, value in rdn]
        self.reply(401, {"error": "client certificate required", "issuer": ", ".join(names)})


class PointsToItsIssuer(Guarded):
    """Helps them with the place where there are certificates."""

    def denied(self) -> None:
        """Refuse, with a URL."""
        where = "https://pki.example.test/etc/pki/clients.pem"
        self.reply(401, {"error": "client certificate required", "issuer": where})


SHORT = {"commonName": "CN", "organizationalUnitName": "OU"}


class TellsItsFile(Guarded):
    """Names the file in which the certificate was looked for."""

    def denied(self) -> None:
        """Refuse, as an exception's text does."""
        self.reply(401, {"error": "no issuer in /etc/pki/clients.pem has signed it"})


class TellsInput(InputChecked):
    """Refuses bad input with the trace of the exception that it brought."""

    def found(self, query: Mapping[str, str]) -> None:
        """The status is right."""
        try:
            int(query.get("limit", ""))
        except ValueError:
            return self.reply(400, {"error": traceback.format_exc()})
        return super().found(query)


class FailsBeforeGuard(InputChecked):
    """Reads the limit before it looks at the caller."""

    def missing(self) -> None:
        """Whoever it is fails at what is no number."""
        url = urlsplit(self.path)
        try:
            if url.path == "/search":
                int(parse_qs(url.query).get("limit", [""])[0])
        except ValueError:
            return self.fail()
        return super().missing()

    def fail(self) -> None:
        """What a framework makes of an exception that nobody caught."""
        self.reply(500, {"error": "internal error"})


class TellsBeforeGuard(FailsBeforeGuard):
    """The same, with the page that developers see."""

    def fail(self) -> None:
        """All of it."""
        self.reply(500, f"<h1>ValueError</h1><pre>{html.escape(traceback.format_exc())}</pre>")
