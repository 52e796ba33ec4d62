"""Servers whose lists have signed links to files."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = re.compile(r"/statements/(\d{1,9})/file")
EXPIRES = "4102444800"
STATEMENTS: Mapping[str, str] = {
    "4101": "Balance of Kowalczyk, account 0532 0130: 18230.55",
    "4102": "Balance of Vandermeer, account 7514 8489: 742.10",
    "4103": "Balance of Solheim, account 4164 3000: 96014.00",
}


class SignedLinks(Handler):
    """Requires a certificate for the list and for the files, whatever the link is."""

    def respond(self) -> None:
        """Answer the list, and one file."""
        parts = urlsplit(self.path)
        file = FILE.fullmatch(parts.path)
        number = file[1] if file else ""
        if parts.path != "/statements" and number not in STATEMENTS:
            return self.reply(404, {"error": "not found"})
        if not self.caller and not (file and self.is_signed(number, parts.query)):
            return self.reply(401, {"error": "client certificate required"})
        if file:
            return self.reply(200, {"text": STATEMENTS[number]})
        return self.reply(
            200, {"items": [self.listed(each) for each in STATEMENTS], "total": len(STATEMENTS)}
        )

    def is_signed(self, number: str, query: str) -> bool:  # noqa: ARG002 - another variant reads them
        """Return whether the link is enough."""
        return False

    def listed(self, number: str) -> dict[str, str]:
        """Return an element of the list."""
        signature = signature_of(number, EXPIRES)
        link = f"/statements/{number}/file?expires={EXPIRES}&signature={signature}"
        return {"id": number, "download": link}


class SignedLinksAlone(SignedLinks):
    """Serves a file to everyone with its link."""

    def is_signed(self, number: str, query: str) -> bool:
        """Compare the signature."""
        given = {name: values[0] for name, values in parse_qs(query).items()}
        expected = signature_of(number, given.get("expires", ""))
        return hmac.compare_digest(expected, given.get("signature", ""))


def signature_of(number: str, expires: str) -> str:
    """Return the signature of a link."""
    return hmac.new(b"a key of the server", f"{number}.{expires}".encode(), hashlib.sha256).hexdigest()[:40]


HANDLERS: dict[str, type[Handler]] = {
    "signed-links": SignedLinks,
    "signed-links-alone": SignedLinksAlone,
}
