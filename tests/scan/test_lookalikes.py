"""Misleading responses: runs against a server that answers anonymous clients and alice differently."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from specdrift.model.result.verdict import Enforcement, Verdict
from tests.crawler.peers import Visit, server_context, serving
from tests.scan.running import run, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

pytestmark = pytest.mark.slow

DOCUMENT = """openapi: 3.1.0
info: {title: Lookalikes, version: '1'}
security: [{mtls: []}]
components: {securitySchemes: {mtls: {type: mutualTLS}}}
paths:
  /book: {get: {responses: {'200': {description: It}}}}
"""
LEAKED = (Verdict.DRIFT, Enforcement.NOT_ENFORCED)
ENFORCED = (Verdict.CONSISTENT, Enforcement.ENFORCED)
UNCLEAR = (Verdict.UNDECIDED, Enforcement.INDETERMINATE)


class Said(Struct, frozen=True):
    """A status, and a body or a location."""

    status: int
    body: str = ""
    location: str = ""

    def response(self) -> bytes:
        """As it goes onto the wire."""
        head = [f"HTTP/1.1 {self.status} X", f"Content-Length: {len(self.body)}"]
        head += [f"Location: {self.location}"] if self.location else ["Content-Type: application/json"]
        return ("\r\n".join(head) + "\r\n\r\n" + self.body).encode()


BOOK = '{"title": "Dune", "type": "novel", "status": "lent", "message": "to Bob", "code": 7}'
MISSING = Said(404, '{"error": "no such path"}')
LOBBY = Said(200, '{"hall": "north", "seats": 12}')
PORCH = Said(200, '{"welcome": "visitors wait in the hall to the north"}')
FORBIDDEN = Said(403, '{"error": "no certificate"}')


@pytest.mark.parametrize(
    ("alice", "anonymous", "found"),
    [
        (Said(200, BOOK), Said(200, BOOK.replace(', "code": 7', "")), LEAKED),
        (Said(200, BOOK.replace("message", "author")), Said(200, '{"title": "Dune"}'), UNCLEAR),
        (Said(200, BOOK), Said(200, '{"error": "client certificate required"}'), ENFORCED),
        (Said(200, '{"id": 1, "name": "Dune"}'), Said(200, '{"error": "certificate required"}'), ENFORCED),
        (Said(200, BOOK), FORBIDDEN, ENFORCED),
        (Said(302, location="/items/7"), Said(302, location="/items/8"), UNCLEAR),
        (Said(302, location="/lobby"), Said(302, location="/lobby"), LEAKED),
        (Said(302, location="/items/7"), Said(302, location="/welcome"), ENFORCED),
        (Said(302, location="/items/7"), Said(302, location="/lobby"), UNCLEAR),
        (Said(302, location="/items/7"), Said(302, location="/login?next=/book"), ENFORCED),
        (Said(302, location="/sessions/42"), FORBIDDEN, ENFORCED),
        (Said(200, BOOK), Said(302, location="/welcome"), ENFORCED),
        (Said(200, BOOK), Said(302, location="/porch"), ENFORCED),
        (Said(200, BOOK), Said(302, location="/lobby"), UNCLEAR),
    ],
)
def test_the_answer_to_the_anonymous_client_is_compared_with_alices(
    pki: TestPki, tmp_path: Path, alice: Said, anonymous: Said, found: tuple[Verdict, Enforcement]
) -> None:
    """A redirect is followed: /lobby and /porch show pages to everyone, without a value of the book.

    The numbers of /lobby may be those of the book in another form; /porch has a sentence.
    """

    def script(visit: Visit) -> None:
        while request := visit.request():
            pages = {b"/book": alice if visit.caller else anonymous, b"/lobby": LOBBY, b"/porch": PORCH}
            visit.send(pages.get(request.split(b" ")[1], MISSING).response())

    document = tmp_path / "api.yaml"
    document.write_text(DOCUMENT, encoding="utf-8")
    with serving(script, server_context(pki, demand=ssl.CERT_OPTIONAL)) as peer:
        settings = settings_for(pki, f"https://localhost:{peer.port}", spec=str(document))
        result = run(settings)
    assert [(record.verdict, record.enforcement) for record in result.operations] == [found]
