"""Serves one operation for each fault; the variant `correct` serves the same without the faults."""

from __future__ import annotations

import base64
import json
import random
import ssl
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON, CSV, HTML = "application/json", "text/csv", "text/html; charset=utf-8"
NAMES = ("Ade", "Bly", "Cox", "Dax", "Eno", "Fry", "Gil", "Hay")
DATA: Mapping[str, object] = {
    "/locks": {"locked": True},
    "/levels": {"level": 7},
    "/balances": {"balance": 88120.25, "owner": "Kallio Oy"},
    "/prices": {"sku": "KLR-44871", "price": 1890.4},
    "/scans": {"patient": "Quist, M.", "day": "2023-08-19", "finding": "hip left"},
    "/salaries": {"net": 3122.41, "bank": "Volksbank Heide"},
    "/reports": [["55120", "long"], ["55121", "short"]],
    "/patients": [{"name": "Okafor", "born": "1971-04-09"}, {"name": "Lindqvist", "born": "1988-11-30"}],
    "/vaults": {"gold": 5512, "silver": 88190},
    "/keys": {"key": "zq-7781", "rotated": "2024-09-01"},
    "/wards": {"patient": "Jürgen Grünwälder", "befund": "Leukämie"},
    "/firms": {"firma": "Kessler Armaturen", "bestand": 40711.5},
    "/tickets": {"ticket": "T-90112", "betreff": "Zufahrt"},
    "/users": {"users": ["mirren", "oyelaran"], "total": 1207},
    "/payouts": {"iban": "EE382200221020145685", "sum": 91240.5, "owner": "Oyelaran", "day": "2023-08-19"},
    "/tariffs": [["basic", "14.90"], ["night", "11.35"]],
}
LISTS = ("/visits", "/logs")
TABLES = ("/reports", "/tariffs")
"""As JSON or CSV."""
MOVES = {"/prices": "/store/prices", "/hop": "/welcome"}
ADMINISTRATORS = ("/keys", "/users", "/payouts", "/tariffs")
HOLDINGS = {"X-Holdings": "gold=5512;silver=88190"}
TIPS = ("Neu: Mobile App.", "Tipp: Karten im Archiv.", "Hilfe im Foyer.")
ADDED: Mapping[str, dict[str, object]] = {
    "/locks": {"zu": True},
    "/levels": {"stufe": 7},
    "/balances": {"vorgang": 8812025},
    "/wards": {"hinweis": "Leukämie"},
}
"""Members of a denial that are data: a boolean, a digit, an amount in cents, a word."""


def entries() -> object:
    """Return a page of a log that no other request gets."""
    chosen = random.sample(NAMES, 3)
    return {"entries": [{"who": name, "at": random.randrange(10_000, 99_999)} for name in chosen]}


class Correct(Handler):
    """Every operation needs a verified certificate."""

    def respond(self) -> None:
        """Answer GET and HEAD."""
        path, _, query = self.path.partition("?")
        caller = self.caller
        self.answer(path, query, caller, valid=caller is not None)

    def answer(self, path: str, query: str, caller: str | None, *, valid: bool) -> None:
        """Answer one request of a caller."""
        name = path.removeprefix("/store")
        if path in MOVES:
            self.send(302, "", "", Location=MOVES[path])
        elif path in ("/welcome", "/anmeldung"):
            self.send(200, HTML, "<h1>Willkommen</h1><form><input name=code></form>")
        elif name not in DATA and name not in LISTS:
            self.send(404, JSON, json.dumps({"fehler": "unbekannt"}))
        elif not valid:
            self.refuse(name)
        elif name in ADMINISTRATORS and caller != "bob":
            self.refuse_role(name)
        else:
            self.serve(name, query)

    def serve(self, name: str, query: str) -> None:
        """Send the data."""
        if name == "/patients" and parse_qs(query).get("view", ["full"]) not in (["summary"], ["full"]):
            return self.send(400, JSON, json.dumps({"fehler": "Sicht"}))
        data = DATA.get(name) or entries()
        if name in TABLES and self.headers.get("Accept", "").startswith(CSV):
            return self.send(200, CSV, "\n".join(",".join(row) for row in DATA[name]))  # type: ignore[attr-defined]
        if parse_qs(query).get("view") == ["summary"]:
            return self.send(200, JSON, json.dumps([each["name"] for each in DATA["/patients"]]))  # type: ignore[attr-defined]
        return self.send(200, JSON, json.dumps(data), **(HOLDINGS if name == "/vaults" else {}))

    def refuse_role(self, name: str, remark: str = "") -> None:
        """Send the denial for readers: a page, or an object."""
        if name in ("/payouts", "/tariffs"):
            return self.send(403, JSON, json.dumps({"fehler": "Die Rolle fehlt.", "bemerkung": remark}))
        tip = random.choice(TIPS)
        return self.send(200, HTML, f"<h1>Angemeldet als Leserin</h1><p>Die Rolle fehlt.</p>{tip}")

    def refuse(self, name: str, **members: object) -> None:
        """Send the denial, or to the login."""
        if name == "/scans":
            return self.send(302, "", "", Location="/hop")
        if name == "/tickets":
            return self.send(302, "", "", Location="/anmeldung?next=%2Ftickets")
        if name == "/salaries":
            state = base64.urlsafe_b64encode(random.randbytes(48)).decode()
            return self.send(302, "", "", Location=f"/welcome?state={state}")
        fields = {
            "fehler": "Zertifikat fehlt",
            "vorgang": random.randrange(10**6, 10**7),
            "stufe": 0,
            "zu": False,
            "hinweis": "keiner",
        }
        return self.send(403, JSON, json.dumps(fields | members))

    def send(
        self, status: int, media_type: str, text: str, *, reason: str | None = None, **headers: str
    ) -> None:
        """Write one response."""
        body = text.encode()
        self.send_response(status, reason)
        if media_type:
            self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Faults(Correct):
    """Most operations have a fault of their own."""

    def answer(self, path: str, query: str, caller: str | None, *, valid: bool) -> None:
        """Answer the paths beside the operations without a guard."""
        if path == "/store/prices" or path.startswith("/copy/"):
            return self.serve(path[path.index("/", 1) :], query)
        if path == "/hop":
            return self.send(302, "", "", Location="/copy/scans")
        if path.startswith("/internal/"):
            return super().answer(path.removeprefix("/internal"), query, "bob", valid=True)
        return super().answer(path, query, caller, valid=valid)

    def refuse_role(self, name: str, remark: str = "") -> None:
        """Send the denial with the account that receives the payout, or one representation."""
        if name == "/tariffs" and self.headers.get("Accept", "").startswith(CSV):
            self.serve(name, "")
        else:
            super().refuse_role(name, "EE382200221020145685" if name == "/payouts" else remark)

    def refuse(self, name: str, **members: object) -> None:
        """Send the denial with what the fault adds, or the data."""
        csv = name == "/reports" and self.headers.get("Accept", "").startswith(CSV)
        summary = name == "/patients" and "view=summary" in self.path
        if csv or summary or (name == "/vaults" and self.command == "HEAD"):
            self.serve(name, "view=summary" if summary else "")
        elif name == "/visits":
            self.send(403, JSON, json.dumps(entries()))
        elif name == "/logs":
            self.send(401, JSON, json.dumps({"fehler": "nein", "kontext": entries()}))
        elif name == "/salaries":
            state = base64.urlsafe_b64encode(json.dumps(DATA[name]).encode()).decode()
            self.send(302, "", "", Location=f"/welcome?state={state}")
        elif name == "/firms":
            denial = json.dumps({"fehler": "Zertifikat fehlt"})
            self.send(403, JSON, denial, reason=json.dumps(DATA[name]))
        else:
            super().refuse(name, **ADDED.get(name, members))


VARIANTS = {"correct": Correct, "faults": Faults}


def main() -> None:
    """Serve the variant that the command line names."""
    options = arguments()
    TlsServer(server_context(options, ssl.CERT_OPTIONAL), VARIANTS[options.variant]).announce_and_serve()


if __name__ == "__main__":
    main()
