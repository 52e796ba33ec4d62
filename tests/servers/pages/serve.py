"""Serves long pages and JSON, each operation with a fault of its own; `correct` serves the same without the faults.

Each page has a style sheet of 45 kB, a picture, the path that was asked for, and a reference that differs each time.
"""

from __future__ import annotations

import base64
import json
import ssl
import uuid
from html import escape
from random import Random
from typing import TYPE_CHECKING

from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

if TYPE_CHECKING:
    from collections.abc import Mapping

HTML, JSON, CSV = "text/html; charset=utf-8", "application/json", "text/csv"
PAGES: Mapping[str, tuple[str, ...]] = {
    "/orders": ("o-71", "Ottar Myhre", "48120.75"),
    "/customers": ("cu-1", "Sunniva Lie", "Hamar"),
    "/leases": ("le-1", "Askeladden Foto", "14200"),
    "/wells": ("w-7", "Snorre Vest", "20931"),
}
"""Each a row of a table in a page."""
DATA: Mapping[str, Mapping[str, object]] = {
    "/silos": {"id": "si-12", "grain": "Spelt", "tonnes": 418, "farmer": "Gudrun Haugland"},
    "/meters": {"id": "me-90417", "site": "Glomma Nord", "kwh": 77310},
    "/ports": {"id": "po-6", "harbour": "Kristiansund", "agent": "Hallvard Ness"},
    "/exports": {"id": "ex-4", "consignee": "Torbjorn Aas", "kilos": 1877},
}
RANDOM = Random(7)
STYLE = "".join(
    f".c{number} {{ margin: {number}px; color: #{RANDOM.randrange(1 << 24):06x} }}\n"
    for number in range(1200)
)
PICTURE = base64.b64encode(RANDOM.randbytes(24_000)).decode()
COMMON_NAME = "X-SSL-Client-CN"
"""The proxy in front names the client so."""


class Correct(Handler):
    """Every operation needs a verified certificate."""

    def respond(self) -> None:
        """Answer GET and HEAD."""
        path, _, query = self.path.partition("?")
        if path not in PAGES and path not in DATA:
            self.send(404, JSON, json.dumps({"error": "not_found"}))
        elif self.caller is None and not self.is_admitted(path, query):
            self.refuse(path)
        elif path in PAGES:
            self.send(
                200, HTML, self.page("Harbour", f"<table><tr>{cells(PAGES[path])}</tr>{more(path)}</table>")
            )
        elif path == "/exports" and self.wants_csv:
            self.send(200, CSV, ",".join(map(str, DATA[path].values())))
        else:
            self.send(200, JSON, json.dumps([DATA[path]]))

    @property
    def wants_csv(self) -> bool:
        """Whether the client prefers the other representation."""
        return self.headers.get("Accept", "").startswith(CSV)

    def is_admitted(self, path: str, query: str) -> bool:  # noqa: ARG002 - of the faults
        """Whether a client without a certificate is admitted all the same."""
        return False

    def refuse(self, path: str, text: str = "", **members: object) -> None:
        """Send the denial in the format of the operation."""
        if path in PAGES:
            told = "<h1>Certificate required</h1><p>Install your certificate and reload.</p>"
            self.send(401, HTML, self.page("Sign in", told + text))
        else:
            self.send(401, JSON, json.dumps({"error": "unauthorized", **members}))

    def page(self, title: str, content: str) -> str:
        """Return a long page."""
        return (
            f"<!doctype html><html><head><title>{title}</title><style>{STYLE}</style></head><body>"
            f"<img src='data:image/png;base64,{PICTURE}'><main>{content}</main><footer>Harbour"
            f"<p>You asked for {escape(self.path)}</p><p>Reference {uuid.uuid4()}</p></footer></body></html>"
        )

    def send(self, status: int, media_type: str, text: str) -> None:
        """Write one response."""
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Faults(Correct):
    """All but two operations have a fault of their own."""

    def is_admitted(self, path: str, query: str) -> bool:  # noqa: ARG002 - the base class's
        """Admit who names a user without its password, or a client in a header, in one format alone."""
        if path == "/exports":
            return self.wants_csv and self.headers.get(COMMON_NAME) == "alice"
        scheme, _, pair = self.headers.get("Authorization", "").partition(" ")
        if path != "/ports" or scheme != "Basic":
            return False
        try:
            return base64.b64decode(pair).partition(b":")[0] == b"alice"
        except ValueError:
            return False

    def refuse(self, path: str, text: str = "", **members: object) -> None:
        """Add data to the denial: an amount at the end of a long page, in a comment, or for browsers alone."""
        if path == "/orders":
            text = f"<section hidden><table><tr>{cells(PAGES[path][2:])}</tr></table></section>"
        if path == "/customers":
            text = "<!-- Sunniva Lie -->"
        if path == "/silos" and "Mozilla" in self.headers.get("User-Agent", ""):
            members = {"farmer": "Gudrun Haugland"}
        super().refuse(path, text, **members)


def cells(values: tuple[str, ...]) -> str:
    """Return the cells of a row."""
    return "".join(f"<td>{value}</td>" for value in values)


def more(path: str) -> str:
    """Return further rows, so that a page has more data than layout."""
    numbers = Random(path)
    rows = ((f"{path[1:3]}-{numbers.randrange(10**6)}", str(numbers.randrange(10**6))) for _ in range(12))
    return "".join(f"<tr>{cells(row)}</tr>" for row in rows)


VARIANTS = {"correct": Correct, "faults": Faults}


def main() -> None:
    """Serve the variant that the command line names."""
    options = arguments()
    TlsServer(server_context(options, ssl.CERT_OPTIONAL), VARIANTS[options.variant]).announce_and_serve()


if __name__ == "__main__":
    main()
