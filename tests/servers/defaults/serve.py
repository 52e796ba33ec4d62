"""Serves lists of JSON, each with a fault of its own; `correct` serves the same without the faults.

A guard reads a parameter and does not run where it is absent, there twice or in an old version. Each denial is of the
operation alone: a message of its own, or the members of its type without values.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA: Mapping[str, Mapping[str, object]] = {
    "/orders": {"id": "o-7713", "customer": "Ottar Myhre", "total": 48120.75},
    "/accounts": {"id": "ac-5512", "holder": "Nordlys Kraft", "balance": 9914.5},
    "/berths": {"id": "Q14", "vessel": "Havglimt", "metres": 118},
    "/prices": {"sku": "sk-9920", "net": 1187.25, "unit": "Spelt"},
    "/members": {"id": "me-204", "name": "Brinkmann", "town": "Hamar"},
    "/wells": {"id": "we-77", "field": "Snorre Vest", "maxBar": 20931},
    "/silos": {"id": "si-12", "farmer": "Gudrun Haugland", "tonnes": 418},
}
MESSAGES = {"/members": "Akten sind nur für Kunden mit Ausweis."}
CHOICES = {"view": ("short", "full"), "X-Api-Version": ("1", "2")}
OWN_MEMBERS: Mapping[str, Mapping[str, object]] = {"/wells": {"id": "", "field": "", "maxBar": 0}}


class Correct(Handler):
    """Every operation needs a verified certificate; without its parameters it is about the first tenant or account."""

    def respond(self) -> None:
        """Answer GET and HEAD."""
        path = urlsplit(self.path).path
        if self.caller is None and not self.is_admitted(path):
            self.reply(401, self.denial(path))
        elif path not in DATA:
            self.reply(404, {"error": "not_found"})
        elif path == "/prices" and not self.has_valid_choices:
            self.reply(400, {"error": "unknown_choice"})
        else:
            self.reply(200, DATA[path])

    @property
    def query(self) -> Mapping[str, list[str]]:
        """The parameters of the query."""
        return parse_qs(urlsplit(self.path).query)

    @property
    def has_valid_choices(self) -> bool:
        """Whether what is sent is one of the values of its ``enum``."""
        sent = {
            "view": self.query.get("view", []),
            "X-Api-Version": self.headers.get_all("X-Api-Version", []),
        }
        return all(value in CHOICES[name] for name, values in sent.items() for value in values)

    def is_admitted(self, path: str) -> bool:  # noqa: ARG002 - of the faults
        """Whether a client without a certificate is admitted all the same."""
        return False

    def denial(self, path: str) -> Mapping[str, object]:
        """Return the denial of a path."""
        own = OWN_MEMBERS.get(path, {})
        return {**own, "error": "unauthorized", "message": MESSAGES.get(path, "Ein Zertifikat fehlt.")}


class Faults(Correct):
    """All operations but one have a fault of their own."""

    def is_admitted(self, path: str) -> bool:
        """Admit where a filter passes a request over that has no parameter to look at."""
        if path == "/berths":
            return len(self.query.get("ids", ())) > 1
        if path == "/prices":
            return self.headers.get("X-Api-Version") == "1" and self.query.get("view") == ["full"]
        if path == "/accounts":
            return "account" not in self.query
        return path == "/orders" and self.headers.get("X-Tenant") is None

    def denial(self, path: str) -> Mapping[str, object]:
        """Name the customer of a file, and say how much there is."""
        own: Mapping[str, Mapping[str, object]] = {
            "/members": {"message": "Brinkmanns Akte ist nur für Kunden mit Ausweis."},
            "/wells": {"maxBar": 20931},
        }
        return {**super().denial(path), **own.get(path, {})}


VARIANTS = {"correct": Correct, "faults": Faults}


def main() -> None:
    """Serve the variant that the command line names."""
    options = arguments()
    TlsServer(server_context(options, ssl.CERT_OPTIONAL), VARIANTS[options.variant]).announce_and_serve()


if __name__ == "__main__":
    main()
