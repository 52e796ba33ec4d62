"""The objects of SARIF 2.1.0, as JSON values. Their members are in the order of the standard's sections.

Plain values, and no library with a class for each: importing one took longer than writing a log. The tests validate
the logs with the standard's own schema.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

SarifObject = dict[str, object]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def with_members(members: Mapping[str, object]) -> SarifObject:
    """Return an object without the members that are None."""
    return {name: value for name, value in members.items() if value is not None}


def message(text: str) -> SarifObject:
    """A plain text message in which nothing is a link (§3.11.6)."""
    return {"text": text.replace("](", "] (")}


def time(value: datetime) -> str:
    """Return a time as SARIF writes it (§3.9)."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
