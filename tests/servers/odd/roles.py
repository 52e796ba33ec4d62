"""Servers that check roles or not: `/items` is for bob, an administrator (roles.yaml)."""

from __future__ import annotations

import contextlib
import html
import re
import sqlite3
from secrets import token_hex
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, quote

from tests.servers.python.serve import KNOWN, Guarded, Guards

if TYPE_CHECKING:
    from tests.servers.python.api import Resource

ITEMS_FOR_ADMINISTRATORS: Guards = {"/secure": KNOWN, "/items/{id}": frozenset({"bob"})}
EACH_FOR_ITS_SCHEME: Guards = {"/secure": frozenset({"alice"}), "/items/{id}": frozenset({"bob"})}
ITEMS_FOR_NO_CALLER: Guards = {"/secure": KNOWN, "/items/{id}": frozenset()}

PAGES = "https://docs.example.org/errors"
OWNERS = ("Carvalho", "Bergqvist", "Nyman", "Mendes", "Haddad")


class RolesIgnored(Guarded):
    """Admits every known caller."""


class RolesChecked(Guarded):
    """Answers 403 to a reader and 401 to an anonymous client."""

    guards = ITEMS_FOR_ADMINISTRATORS

    def denied(self) -> None:
        """Answer 403 to known callers."""
        status = 403 if self.caller else 401
        self.reply(status, {"error": "not for you"})


class SchemesChecked(RolesChecked):
    """Admits the certificates of one scheme to one operation, and those of the other to the other."""

    guards = EACH_FOR_ITS_SCHEME


class RolesOfWholeNames(RolesChecked):
    """Compares the whole of the only common name."""

    @property
    def caller(self) -> str | None:
        """The name in the certificate, if it has one."""
        certificate = self.connection.getpeercert() or {}
        subject: Any = certificate.get("subject", ())
        names = [value for rdn in subject for key, value in rdn if key == "commonName"]
        return str(names[0]) if len(names) == 1 else None


class RolesWithoutDigits(RolesOfWholeNames):
    """Drops the number of an instance at the end of a name before it looks for the role."""

    @property
    def caller(self) -> str | None:
        """The name in the certificate without it."""
        name = super().caller
        return name.rstrip("0123456789") if name else name


class RolesWithPages(RolesChecked):
    """Refuses with a link to a page for each status (RFC 9457 §3.1.1), and each operation has a status of its own."""

    def denied(self) -> None:
        """Answer 403 to known callers."""
        status, page = (403, self.forbidden) if self.caller else (401, "unauthorized-response")
        url = f"https://docs.example.org/errors#{page}"
        self.reply(status, {"title": "not for you", "status": status, "type": url})

    @property
    def forbidden(self) -> str:
        """The page about 403."""
        return "forbidden-response"

    def granted(self, resource: Resource) -> None:
        """Answer an item with its owner."""
        owner = {"owner": self.owner} if resource.template == "/items/{id}" else {}
        self.reply(200, {**resource.body, **owner})

    @property
    def owner(self) -> str:
        """The owner of the item at the path."""
        return OWNERS[sum(map(ord, self.path)) % len(OWNERS)]


class RolesWithDataInPages(RolesWithPages):
    """Names the owner in the place of the page."""

    @property
    def forbidden(self) -> str:
        """A page for each owner."""
        return f"forbidden-{self.owner.lower()}"


class RolesWithCodes(RolesWithPages):
    """Refuses with a code and a page for the path; one code is of one operation alone."""

    def denied(self) -> None:
        """Answer with an error of one form."""
        status, code = (403, self.code) if self.caller else (401, "CERT_REQUIRED")
        page = self.path.strip("/").replace("/", "-")
        error = {"code": code, "message": "this is not for you", "help": f"{PAGES}/{self.before}{page}"}
        self.reply(status, {"error": error})

    @property
    def code(self) -> str:
        """The code where the role is missing."""
        return "ROLE_REQUIRED"

    @property
    def before(self) -> str:
        """What stands in front of the path in the name of a page."""
        return ""


class RolesWithDataInCodes(RolesWithCodes):
    """Names the owner in the code."""

    @property
    def code(self) -> str:
        """A code for each owner."""
        return f"{self.owner.upper()}_REQUIRED"


class RolesWithDataBeforePaths(RolesWithCodes):
    """Names the owner in front of the path, in the name of a page."""

    @property
    def before(self) -> str:
        """A group of pages for each owner."""
        return f"{self.owner.lower()}-" if self.path.startswith("/items/") else ""


class RolesTooStrict(RolesChecked):
    """Compares with a misspelled role: no caller has it."""

    guards = ITEMS_FOR_NO_CALLER


class RolesDeniedWith200(RolesChecked):
    """Denies a reader with status 200."""

    def denied(self) -> None:
        """Return an error with a success status."""
        if not self.caller:
            return super().denied()
        return self.reply(200, {"error": "forbidden", "code": 403})


class RolesFilter(Guarded):
    """Returns less data to a reader; whether that is a refusal is undecidable."""

    def granted(self, resource: Resource) -> None:
        """Omit the data of administrators."""
        if resource.template == "/items/{id}" and self.caller != "bob":
            return self.reply(200, {"count": 1})
        return super().granted(resource)


class RoleInAWord(RolesChecked):
    """Says in one word what a known caller lacks."""

    keeper: ClassVar[dict[str, str]] = {"keeper": "Ruud"}
    word: ClassVar[str] = "role"

    def granted(self, resource: Resource) -> None:
        """Name the keeper of an item."""
        more = self.keeper if resource.template == "/items/{id}" else {}
        self.reply(200, resource.body | more)

    def denied(self) -> None:
        """Answer 403 to known callers."""
        return self.reply(403, {"error": self.word}) if self.caller else super().denied()


class NamesTheKeeper(RoleInAWord):
    """Has the keeper there instead."""

    word = "Ruud"


class RoleOnAPage(RoleInAWord):
    """Redirects known callers to a page that refuses, and others to a login with a token of its form."""

    to = "/denied?from="

    def denied(self) -> None:
        """Redirect with the text that Express writes."""
        page = self.to if self.caller else f"/login?nonce={token_hex(8)}&next="
        location = page + quote(self.path, safe="")
        body = f"{'See Other' if self.caller else 'Found'}. Redirecting to {location}".encode()
        self.send_response(303 if self.caller else 302)
        for name, value in (("Location", location), ("Content-Type", "text/plain; charset=utf-8")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")

    def missing(self) -> None:
        """Serve the two pages."""
        page, _, query = self.path.partition("?")
        if page == "/denied":
            return self.reply(
                200, "<!doctype html><title>Denied</title><p>Your account may not see this page."
            )
        if page == "/login":
            target = html.escape(parse_qs(query).get("next", [""])[0])
            fields = f'<input name=csrf value="{token_hex(8)}"><input name=next value="{target}">'
            return self.reply(
                200,
                f"<!doctype html><title>Login</title><form method=post>{fields}<input type=password></form>",
            )
        return super().missing()


class NamesTheKeeperOnAPage(RoleOnAPage):
    """The redirect has the keeper."""

    to = "/denied?keeper=Ruud&from="


class RolesInADatabase(RolesOfWholeNames):
    """Looks the name of an administrator up with LIKE, for names in any case."""

    query = "SELECT name FROM callers WHERE name LIKE ?"

    @property
    def caller(self) -> str | None:
        """The name that the database has."""
        name = super().caller
        with contextlib.closing(sqlite3.connect(":memory:")) as data:
            data.execute("CREATE TABLE callers (name TEXT)")
            data.executemany("INSERT INTO callers VALUES (?)", [("bob",), ("alice",)])
            found = self.found(data, name) if name else None
        return str(found[0]) if found else name

    def found(self, data: sqlite3.Connection, name: str) -> Any:  # noqa: ANN401 - a row
        """Return the row of a name."""
        return data.execute(self.query, (name,)).fetchone()


class RolesInAQuery(RolesInADatabase):
    """Writes the name into the query."""

    def found(self, data: sqlite3.Connection, name: str) -> Any:  # noqa: ANN401 - a row
        """Return the row of a name."""
        return data.execute(f"SELECT name FROM callers WHERE name = '{name}'").fetchone()  # noqa: S608


class RolesInAColumn(RolesInADatabase):
    """Compares whole names."""

    query = "SELECT name FROM callers WHERE name = ?"


class RolesByAPattern(RolesOfWholeNames):
    """Searches a name for those of known callers, and fails on a certificate that has none of them."""

    name = re.compile("alice|bob")

    def respond(self) -> None:
        """Answer 500 where the pattern does not match."""
        if super().caller and not self.caller:
            return self.reply(500, {"error": "internal server error"})
        return super().respond()

    @property
    def caller(self) -> str | None:
        """What the pattern finds."""
        found = self.found(super().caller or "")
        return found[0] if found else None

    def found(self, name: str) -> re.Match[str] | None:
        """Search anywhere."""
        return self.name.search(name)


class RolesByAWholePattern(RolesByAPattern):
    """Matches the whole name, and fails likewise."""

    def found(self, name: str) -> re.Match[str] | None:
        """Match all of it."""
        return self.name.fullmatch(name)


FURTHER: dict[str, type[Guarded]] = {
    "schemes-ignored": RolesChecked,
    "schemes-checked": SchemesChecked,
    "schemes-not-configured": SchemesChecked,
    "roles-in-a-database": RolesInADatabase,
    "roles-in-a-query": RolesInAQuery,
    "roles-by-a-pattern": RolesByAPattern,
    "roles-by-a-whole-pattern": RolesByAWholePattern,
    "roles-in-a-column": RolesInAColumn,
    "role-in-a-word": RoleInAWord,
    "role-names-the-keeper": NamesTheKeeper,
    "role-on-a-page": RoleOnAPage,
    "role-names-the-keeper-on-a-page": NamesTheKeeperOnAPage,
}
"""Variants by name: how roles are looked up, and how known callers are refused."""
