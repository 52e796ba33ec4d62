"""Refusals that all have a part of an entry of a list: in a link, a sentence, a response before them, or a length."""

from __future__ import annotations

import json
from http import HTTPStatus

from tests.servers.odd.records import CONTACT, DEVICES, TENANTS, JsonRecords

SERIAL = DEVICES[0]["serial"]
LISTS = {"/devices": DEVICES, "/tenants": TENANTS}


class Hints(JsonRecords):
    """Refuses with a link to the manual, a hint of 103, and a sentence that names a department."""

    link = "<https://help.example/manuals/GATE-2024-07.pdf>; rel=help"
    early = "</style/errors-7731.css>; rel=preload; as=style"
    message = "The desk of Kundendienst gives certificates out"

    def refusal(self, members: dict[str, str]) -> str:
        """Return the message."""
        return json.dumps({"error": members["error"], "message": self.message})

    def send(self, status: int, body: str) -> None:
        """Write 103 (RFC 8297) before a refusal."""
        if status == HTTPStatus.FORBIDDEN:
            self.send_response_only(HTTPStatus.EARLY_HINTS)
            self.send_header("Link", self.early)
            self.end_headers()
        super().send(status, body)

    def end_headers(self) -> None:
        """Add the link."""
        self.send_header("Link", self.link)
        super().end_headers()


class LinksAnEntry(Hints):
    """The link has the serial number of an entry."""

    link = f"<https://labels.example/label-{SERIAL}.pdf>; rel=related"


class HintsAtAnEntry(Hints):
    """The response before the refusal has it."""

    early = f"</labels/{SERIAL}.pdf>; rel=preload"


class NamesAnOwner(Hints):
    """The sentence has the first name of an owner."""

    message = "The device of Annika needs a certificate"


class StatesTheSize(Hints):
    """A refusal of HEAD has the length of the list, which is not sent."""

    def send(self, status: int, body: str) -> None:
        """Write the length of the list."""
        is_head = self.command == "HEAD" and self.path in LISTS
        super().send(status, self.listed(LISTS[self.path]) if is_head else body)


class EvaluatesPreconditions(JsonRecords):
    """Answers 412 (RFC 9110 §15.5.13) to a precondition before the guard decides."""

    def respond(self) -> None:
        """Refuse the precondition of a caller without a certificate."""
        if "If-Match" in self.headers and self.path in LISTS and not self.caller:
            return self.send(412, self.failed(self.listed(LISTS[self.path])))
        return super().respond()

    def failed(self, current: str) -> str:  # noqa: ARG002 (another one shows it)
        """Return an error."""
        return json.dumps({"error": "precondition failed", "at": self.path})


class ShowsTheCurrentState(EvaluatesPreconditions):
    """The answer has what the precondition was compared with."""

    def failed(self, current: str) -> str:
        """Return an error with the list."""
        return json.dumps({"error": "precondition failed", "current": json.loads(current)})


class AnswersAllPaths(JsonRecords):
    """Refuses with status 200 and a contact, on every path; others get 404 where nothing is."""

    def respond(self) -> None:
        """Answer every path alike without a certificate."""
        if self.caller:
            return super().respond()
        return self.send(200, self.page())

    def page(self) -> str:
        """Return where to ask."""
        return json.dumps({"contacts": [CONTACT]})


class ShowsAnEntryOnAllPaths(AnswersAllPaths):
    """Serves an old copy of a list to them."""

    def page(self) -> str:
        """Return one entry of the devices."""
        return self.listed(DEVICES[:1])
