"""Serves the variants of the API: each has the addresses of the customers in one more answer, or something alike."""

from __future__ import annotations

import json
import ssl
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl

from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

CUSTOMERS = [
    {"id": "c-901", "name": "Annelies Kortrijk", "email": "annelies.kortrijk@voss.test", "credit": 18250},
    {"id": "c-902", "name": "Tomas Wierda", "email": "t.wierda@brink.test", "credit": 940},
]
ORDERS = [
    {"orderId": "o-7301-2026", "state": "picked", "total": "182.40", "customerId": "c-901"},
    {"orderId": "o-7302-2026", "state": "invoiced", "total": "77.05", "customerId": "c-902"},
]
HALL = {
    "address": "Noordhof 14",
    "keeper": "Friederike Osterloh",
    "telephone": "+31 5191 448213",
    "pallets": 18840,
}
SERVICE = {"version": "4.12.1-b20260317", "build": "9f8c1d2e7a6b", "instance": "orders-7d9f5c6b8-x2x9k"}


class Orders(Handler):
    """Customers are for bob, orders for alice and bob, and /health for all."""

    choices: ClassVar[list[dict[str, str]]] = []
    """Those of the field `customerId`, which OPTIONS describes as Django REST framework does."""
    hints: ClassVar[dict[str, Any]] = {}
    """Members of the answer for a path that does not exist."""
    checks: ClassVar[dict[str, Any]] = {"db": "UP", "queue": "UP"}
    customers: ClassVar[list[dict[str, Any]]] = CUSTOMERS
    more: ClassVar[dict[str, Any]] = {}
    """Members of each refusal."""
    previews: ClassVar[dict[str, Any]] = {"/health": {"status": "UP"}}
    """What anyone may see of other operations, by their paths."""

    exports: ClassVar[dict[str, Any]] = {"states.json": [{"state": "picked"}], "latest.json": []}
    """What anyone may download, by the names of the files."""
    summary: ClassVar[dict[str, Any]] = {"state": "open", "zone": "Utrecht"}
    """Of which anyone may select members."""

    def respond(self) -> None:
        """Answer GET or HEAD."""
        match self.path.partition("?")[0].strip("/").split("/"):
            case ["health"]:
                self.reply(200, {"status": "UP", "checks": self.checks})
            case ["preview"]:
                self._preview(parse_qs(self.path.partition("?")[2]).get("path", [""])[0])
            case ["exports", name] if name in self.exports:
                self.reply(200, self.exports[name])
            case ["summary"]:
                names = parse_qs(self.path.partition("?")[2]).get("fields", ["state"])[0].split(",")
                self.reply(200, {name: self.summary[name] for name in names if name in self.summary})
            case ["hall"]:
                self._guarded({"alice", "bob"}, HALL)
            case ["status"]:
                self._guarded(
                    {"alice", "bob"}, {"service": "orders", "started": "2026-03-17T08:15:30Z", **SERVICE}
                )
            case ["orders"]:
                self._guarded({"alice", "bob"}, {"items": ORDERS})
            case ["customers"]:
                self._guarded({"bob"}, {"items": self.customers})
            case ["customers", one] if found := [each for each in self.customers if each["id"] == one]:
                self._guarded({"bob"}, found[0])
            case _:
                self.reply(404, {"title": "Not Found", "status": 404, **self.hints})

    def _preview(self, path: str) -> None:
        if path in self.previews:
            return self.reply(200, {"preview": self.previews[path]})
        return self.reply(404, {"title": "Not Found", "status": 404})

    def _guarded(self, callers: set[str], body: object) -> None:
        if not self.caller:
            return self.reply(401, {"title": "Unauthorized", "status": 401, **self.more})
        if self.caller not in callers:
            return self.reply(403, {"title": "Forbidden", "status": 403, **self.more})
        return self.reply(200, body)

    def do_OPTIONS(self) -> None:  # noqa: N802 (the name is the base class's)
        """Describe the field of an order."""
        if self.path != "/orders" or not self.choices:
            return self.reply(405, {"error": "method not allowed"}, Allow="GET, HEAD")
        field = {"type": "field", "required": True, "choices": self.choices}
        return self.reply(200, {"name": "Order List", "actions": {"POST": {"customerId": field}}})


class Suggesting(Orders):
    """Suggests customers for paths that do not exist."""

    hints: ClassVar[dict[str, Any]] = {
        "suggestions": [
            {"href": f"/customers/{c['id']}", "title": c["name"], "mail": c["email"]} for c in CUSTOMERS
        ]
    }


class Describing(Orders):
    """Describes the choices of a foreign key to everybody."""

    choices: ClassVar[list[dict[str, str]]] = [
        {"value": str(c["id"]), "display_name": f"{c['name']} <{c['email']}>"} for c in CUSTOMERS
    ]


class Naming(Orders):
    """Describes the choices of a foreign key by identifiers and names."""

    choices: ClassVar[list[dict[str, str]]] = [
        {"value": str(c["id"]), "display_name": str(c["name"])} for c in CUSTOMERS
    ]


class DescribingAll(Orders):
    """Describes the interface at every path to everybody, in the same words."""

    described: ClassVar[dict[str, Any]] = {"name": "Orders", "renders": ["application/json"], **SERVICE}

    def do_OPTIONS(self) -> None:  # noqa: N802 (the name is the base class's)
        """Answer before the router."""
        self.reply(200, self.described)


class ListingAll(DescribingAll):
    """Describes them with all customers."""

    described: ClassVar[dict[str, Any]] = {"columns": ["id", "name"], "rows": CUSTOMERS}


class ListingShort(DescribingAll):
    """Describes them with all customers, of which each alone has short data."""

    customers: ClassVar[list[dict[str, Any]]] = [
        {"id": "c-901", "name": "Leila Haddad", "site": "Mast 14", "hours": 7.5},
        {"id": "c-902", "name": "Oskar Blom", "site": "Mast 3", "hours": 4.25},
        {"id": "c-903", "name": "Nia Mbeki", "site": "Mast 22", "hours": 9.75},
    ]
    described: ClassVar[dict[str, Any]] = {"columns": ["id", "name"], "rows": customers}


class Switched(Orders):
    """Opens the customers with a parameter that was meant for a test."""

    def _guarded(self, callers: set[str], body: object) -> None:
        path, _, query = self.path.partition("?")
        if path == "/customers" and parse_qs(query).get("debug") == ["1"]:
            return self.reply(200, body)
        return super()._guarded(callers, body)


class Debugging(Orders):
    """The health check returns the customers, a leftover of debugging."""

    checks: ClassVar[dict[str, Any]] = {"db": "UP", "customers": CUSTOMERS}


class Previewing(Orders):
    """The preview, which is open, calls the handlers of all lists."""

    previews: ClassVar[dict[str, Any]] = {**Orders.previews, "/customers": CUSTOMERS, "/orders": ORDERS[:1]}


class ExportingLatest(Orders):
    """The name of the newest export is open, which is one of the customers."""

    exports: ClassVar[dict[str, Any]] = {**Orders.exports, "latest.json": CUSTOMERS}


class SummarizingAll(Orders):
    """The members of the summary are selected among those of the hall, too."""

    summary: ClassVar[dict[str, Any]] = {**Orders.summary, **HALL}


class Selecting(Orders):
    """Visitors select parts of a page in the body of a POST; what is guarded stays so."""

    def part(self, name: str) -> object:
        """Return a part of the page."""
        return {"status": "UP"} if name == "health" else None

    def do_POST(self) -> None:  # noqa: N802 (the name is the base class's)
        """Answer one path."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/parts":
            return self.reply(404, {"title": "Not Found", "status": 404})
        try:
            parts = [str(name) for name in json.loads(content)["parts"]]
        except (ValueError, KeyError, TypeError):
            return self.reply(422, {"title": "Unprocessable Content", "status": 422})
        return self.reply(200, {name: self.part(name) for name in parts})


class SelectingAll(Selecting):
    """The parts are made by the handlers, without their guards."""

    def part(self, name: str) -> object:
        """Return a part of the page, or a list of another operation."""
        return {"customers": self.customers, "orders": ORDERS}.get(name) or super().part(name)


class Latest(Orders):
    """A route for a word is in front of the guard of all customers."""

    def respond(self) -> None:
        """Answer the word by itself."""
        if self.path == "/customers/latest":
            return self.reply(200, CUSTOMERS[1])
        return super().respond()


class GuardedLatest(Orders):
    """The same behind the guard."""

    def respond(self) -> None:
        """Answer the word by itself."""
        if self.path == "/customers/latest":
            return self._guarded({"bob"}, CUSTOMERS[1])
        return super().respond()


class Talkative(Orders):
    """Nothing of this is a customer's: links, the service, a contact, the ids of orders in all choices."""

    hints: ClassVar[dict[str, Any]] = {
        "links": [f"/customers/{c['id']}" for c in CUSTOMERS],
        "contact": {"email": "support@orders.test", "phone": "+49 30 5550 1234"},
        **SERVICE,
    }
    choices: ClassVar[list[dict[str, str]]] = [
        {"value": str(c["id"]), "display_name": str(c["id"])} for c in CUSTOMERS
    ]
    checks: ClassVar[dict[str, Any]] = {"db": "UP", "service": SERVICE, "started": "2026-03-17T08:15:30Z"}


class Showing(Orders):
    """Each refusal has the first customer, a leftover of debugging."""

    customers: ClassVar[list[dict[str, Any]]] = [
        *CUSTOMERS,
        {"id": "c-903", "name": "Ingrid Halvorsen", "email": "i.halvorsen@fjell.test", "credit": 5120},
        {"id": "c-904", "name": "Pavel Dvorak", "email": "pavel.dvorak@most.test", "credit": 33300},
    ]
    more: ClassVar[dict[str, Any]] = {"last": CUSTOMERS[0]}


class Addressing(Orders):
    """Each refusal has the name and address of the first customer, who is no contact."""

    more: ClassVar[dict[str, Any]] = {key: CUSTOMERS[0][key] for key in ("name", "email")}


class Constant(Orders):
    """Each refusal has the same members, none of which is a customer's."""

    more: ClassVar[dict[str, Any]] = {
        "name": "Voss Logistics",
        "contact": {"email": "support@orders.test", "phone": "+49 30 5550 1234"},
        "reference": "ACC-4012-7",
    }


class Caching(Orders):
    """A cache in front of the guard takes each validator of a client for its own."""

    about: ClassVar[dict[str, str]] = {"X-Customer": str(CUSTOMERS[0]["name"])}

    def _guarded(self, callers: set[str], body: object) -> None:
        if not self.headers["If-None-Match"]:
            return super()._guarded(callers, body)
        self.send_response(304)
        for name, value in {"ETag": '"orders-4.12.1"', **self.about}.items():
            self.send_header(name, value)
        return self.end_headers()


class CachingCorrectly(Caching):
    """Its fields are the service's."""

    about: ClassVar[dict[str, str]] = {"X-Vendor": "Voss Logistics", "X-Region": "eu-north-1"}


class Extended(Orders):
    """Has a switch, a page for errors and a path below /health for its developers: none of them shows customers."""

    leaks = ""

    def respond(self) -> None:
        """Answer what is not in the document first."""
        path, _, query = self.path.partition("?")
        names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
        if path == "/health" and "verbose" in names:
            return self.reply(200, {"status": "UP", "checks": self.checks, "last": self._shown("switch")})
        if path == "/preview" and any("[" in name for name in names):
            return self.reply(500, {"title": "Internal Server Error", "state": self._shown("error")})
        if path == "/health/details":
            return self.reply(200, {"status": "UP", "last": self._shown("path")})
        return super().respond()

    def _shown(self, where: str) -> list[dict[str, Any]]:
        return self.customers if self.leaks == where else []


class Verbose(Extended):
    """The switch adds the customers."""

    leaks = "switch"


class Dumping(Extended):
    """The page for errors prints the customers."""

    leaks = "error"


class Detailed(Extended):
    """The path below shows the customers."""

    leaks = "path"


VARIANTS = {
    "correct": Orders,
    "correct-talkative": Talkative,
    "unknown-paths": Suggesting,
    "choices": Describing,
    "names": Naming,
    "correct-describing": DescribingAll,
    "lists-at-every-path": ListingAll,
    "lists-short-data-at-every-path": ListingShort,
    "switch": Switched,
    "health": Debugging,
    "previews": Previewing,
    "latest": Latest,
    "correct-latest": GuardedLatest,
    "correct-parts": Selecting,
    "parts": SelectingAll,
    "correct-exports": Orders,
    "exports-latest": ExportingLatest,
    "summarizes-all": SummarizingAll,
    "refusals": Showing,
    "refusals-name": Addressing,
    "correct-refusals": Constant,
    "not-modified": Caching,
    "correct-not-modified": CachingCorrectly,
    "correct-extended": Extended,
    "verbose": Verbose,
    "dumping": Dumping,
    "detailed": Detailed,
}


def main() -> None:
    """Serve the variant that the command line names."""
    options = arguments()
    context = server_context(options, ssl.CERT_OPTIONAL)
    TlsServer(context, VARIANTS[options.variant]).announce_and_serve()


if __name__ == "__main__":
    main()
