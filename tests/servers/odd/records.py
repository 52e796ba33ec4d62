"""Lists in several formats, and refusals which all have a record: nothing tells its text from the server's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Record = dict[str, Any]
DEVICES: Sequence[Record] = (
    {"id": "dev-2201", "owner": "Annika Sorensen", "serial": "SN-88A1-4470", "desk": "Nordhavn Kontor"},
    {"id": "dev-2202", "owner": "Mateo Rivas", "serial": "SN-88A1-4471", "desk": "Puerto Viejo"},
    {"id": "dev-2203", "owner": "Chiara Fontana", "serial": "SN-90B7-0012", "desk": "Porto Nuovo"},
)
TENANTS: Sequence[Record] = (
    {"name": "Nordhavn Energi", "plan": "gold"},
    {"name": "Rivas y Hijos", "plan": "basic"},
)
CONTACT: Record = {"contact": "Petra Vogel", "phone": "+49 30 5550 1234"}


class JsonRecords(Handler):
    """Serves lists as JSON, and names a contact in each refusal."""

    media_type = "application/json"
    devices: ClassVar[Sequence[Record]] = DEVICES
    shown: ClassVar[Record] = CONTACT
    """Members of each refusal."""
    of_all: ClassVar[Record] = {}
    """Members of the answers to unknown paths."""

    def respond(self) -> None:
        """Answer the lists of a verified caller."""
        lists: Mapping[str, Sequence[Record]] = {"/devices": self.devices, "/tenants": TENANTS}
        if self.path not in lists:
            return self.send(404, self.refusal({"error": "not found", **self.of_all}))
        if not self.caller:
            return self.refuse()
        return self.send(200, self.listed(lists[self.path]))

    def refuse(self) -> None:
        """Refuse a caller without a certificate."""
        self.send(403, self.refusal({"error": "client certificate required", **self.shown}))

    def listed(self, records: Sequence[Record]) -> str:
        """Return a list."""
        return json.dumps({"items": records, "total": len(records)})

    def refusal(self, members: Record) -> str:
        """Return an error."""
        return json.dumps(members)

    def send(self, status: int, body: str) -> None:
        """Write one response."""
        self.send_response(status)
        self.send_header("Content-Type", self.media_type)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())


class JsonRecordInRefusals(JsonRecords):
    """Each refusal has the first record."""

    shown = DEVICES[0]


class NameInRefusals(JsonRecords):
    """Each refusal has the owner of a device, in a member of another name."""

    shown: ClassVar[Record] = {"hint": DEVICES[1]["owner"]}


class NamesInRefusals(JsonRecords):
    """Each refusal has the owners of two devices."""

    shown: ClassVar[Record] = {"hint": [each["owner"] for each in DEVICES[1:]]}


class NameInRedirects(JsonRecords):
    """Redirects to a login with the owner of a device in the query."""

    def refuse(self) -> None:
        """Redirect."""
        name = DEVICES[1]["owner"].replace(" ", "+")
        self.send_response(302)
        self.send_header("Location", f"/login?hint={name}")
        self.send_header("Content-Length", "0")
        self.end_headers()


class OwnerIsContact(JsonRecords):
    """The contact of the server owns a device: refusals name him, and so do answers to unknown paths."""

    shown: ClassVar[Record] = {"contact": DEVICES[1]["owner"]}
    of_all = shown


class NothingForOthers(JsonRecords):
    """Answers callers without a certificate with empty lists."""

    def refuse(self) -> None:
        """Return the list of a caller without records."""
        self.send(200, self.listed([]))


class NothingWithAnError(JsonRecords):
    """Refuses with status 200 and an error beside an empty list."""

    def refuse(self) -> None:
        """Return an error."""
        self.send(200, json.dumps({"error": "client certificate required", "items": [], "total": 0}))


class OneRecord(JsonRecords):
    """The list has one record."""

    devices = DEVICES[:1]


class OneRecordInRefusals(OneRecord):
    """Each refusal has it."""

    shown = DEVICES[0]


class XmlRecords(JsonRecords):
    """Serves XML."""

    media_type = "application/xml"

    def listed(self, records: Sequence[Record]) -> str:
        """Return an element for each record."""
        return f"<?xml version='1.0'?><list>{''.join(f'<entry>{elements(each)}</entry>' for each in records)}</list>"

    def refusal(self, members: Record) -> str:
        """Return an error."""
        return f"<?xml version='1.0'?><fault>{elements(members)}</fault>"


class XmlRecordInRefusals(XmlRecords):
    """Each refusal has the first record."""

    shown = DEVICES[0]


class CsvRecords(JsonRecords):
    """Serves CSV."""

    media_type = "text/csv"

    def listed(self, records: Sequence[Record]) -> str:
        """Return a row for each record, below the names."""
        return "".join(f"{','.join(row)}\n" for row in (records[0], *(each.values() for each in records)))

    def refusal(self, members: Record) -> str:
        """Return one row."""
        return self.listed([members])


class CsvRecordInRefusals(CsvRecords):
    """Each refusal has the first record."""

    shown = DEVICES[0]


class NoContact(JsonRecords):
    """Names no contact."""

    shown: ClassVar[Record] = {}


def elements(members: Record) -> str:
    """Return an element for each member."""
    return "".join(f"<{name}>{text}</{name}>" for name, text in members.items())
