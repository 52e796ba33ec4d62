"""Lists in several formats, and refusals which all have a record: nothing tells its text from the server's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Record = dict[str, str]
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

    def respond(self) -> None:
        """Answer the lists of a verified caller."""
        lists: Mapping[str, Sequence[Record]] = {"/devices": self.devices, "/tenants": TENANTS}
        if self.path not in lists:
            return self.send(404, self.refusal({"error": "not found"}))
        if not self.caller:
            return self.send(403, self.refusal({"error": "client certificate required", **self.shown}))
        return self.send(200, self.listed(lists[self.path]))

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
