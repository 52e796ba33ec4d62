"""The baseline file format: versioned JSON, sorted, the same bytes for the same entries. Pure."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from specdrift.differ.baseline import Baseline, is_reason
from specdrift.differ.member_lines import Lines, lines_of
from specdrift.errors import UsageError
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.result import Suppression

VERSION = 1
VERSION_KEY, ENTRIES_KEY = "specdrift_baseline", "accepted"
ABOUT = ("rule", "operation", "identity", "subject", "check")
"""Members that describe the drift, for people; omitted if empty."""
MEMBERS = (*ABOUT, "fingerprint", "reason", "owner", "expires")


def write(baseline: Baseline) -> bytes:
    """Return the file content. Empty members that the user fills in are included."""
    entries = [_members(entry) for entry in baseline.entries]
    text = json.dumps({VERSION_KEY: VERSION, ENTRIES_KEY: entries}, indent=2, ensure_ascii=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def read(data: bytes, *, source: str, unfinished: bool = False) -> Baseline:
    """Parse a baseline. ``unfinished`` permits entries without a reason.

    Raises UsageError with file and line of every invalid entry.
    """
    try:
        text = data.decode("utf-8-sig")
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{source}:{error.lineno}: invalid JSON: {error.msg}") from None
    except (ValueError, RecursionError):  # not UTF-8, too many digits, or nested too deeply
        raise UsageError(f"{source}: not a specdrift baseline") from None
    listed = _entries(raw, source)
    lines = lines_of(text)
    if len(lines) != len(listed):
        raise UsageError(f'{source}: invalid baseline: duplicate member "{ENTRIES_KEY}"')
    problems: list[str] = []
    entries: dict[str, Suppression] = {}
    one_line = len(listed) > 1 and "\n" not in text.strip()
    for number, (raw_entry, places) in enumerate(zip(listed, lines, strict=True)):
        found = list(_problems(raw_entry, places, entries, unfinished=unfinished))
        entry_name = f"entry {number + 1}: " if one_line else ""
        problems += (f"{source}:{line}: {entry_name}{what}" for line, what in found)
        if not found:
            entry = _entry(raw_entry)
            entries[entry.fingerprint] = entry
    if problems:
        raise UsageError("\n".join(problems))
    return Baseline(source=source, entries=tuple(entries.values()))


def _members(entry: Suppression) -> dict[str, str | None]:
    about = {name: str(value) for name in ABOUT if (value := getattr(entry, name))}
    expires = entry.expires.isoformat() if entry.expires else None
    own = {"fingerprint": entry.fingerprint, "reason": entry.reason, "owner": entry.owner, "expires": expires}
    return about | own


def _entries(raw: Any, source: str) -> list[Any]:  # noqa: ANN401 - whatever JSON holds
    version = raw.get(VERSION_KEY) if isinstance(raw, dict) else None
    if not isinstance(version, int):
        raise UsageError(f"{source}: not a specdrift baseline: {VERSION_KEY} is missing")
    if version > VERSION:
        raise UsageError(
            f"{source}: version {version} is not supported (this specdrift reads {VERSION}): use the one that wrote it"
        )
    entries = raw.get(ENTRIES_KEY)
    if raw.keys() != {VERSION_KEY, ENTRIES_KEY} or not isinstance(entries, list):
        raise UsageError(
            f'{source}: invalid baseline: expected only {VERSION_KEY} and a list "{ENTRIES_KEY}"'
        )
    if not all(isinstance(entry, dict) for entry in entries):
        raise UsageError(f'{source}: invalid baseline: the members of "{ENTRIES_KEY}" must be objects')
    return entries


def _problems(
    raw: dict[str, Any], places: Lines, before: dict[str, Suppression], *, unfinished: bool
) -> Iterator[tuple[int, str]]:
    for name, value in raw.items():
        if name not in MEMBERS:
            yield places.of(name), f'unknown member "{name}"; an entry has {", ".join(MEMBERS)}'
        elif not isinstance(value, str) and not (value is None and name == "expires"):
            yield places.of(name), f"{name}: expected a string"
    yield from ((line, f'duplicate member "{name}"') for name, line in places.repeated)
    fingerprint = str(raw.get("fingerprint") or "")
    if not fingerprint:
        yield places.of("fingerprint"), "fingerprint is missing"
    elif fingerprint in before:
        yield places.of("fingerprint"), f"{fingerprint} has another entry"
    if not unfinished and not is_reason(str(raw.get("reason") or "")):
        yield places.of("reason"), f"{_about(raw)} is accepted without a reason: write why"
    if raw.get("expires") is not None and _date(raw["expires"]) is None:
        yield places.of("expires"), "expires: expected a date like 2026-01-31, or null"


def _about(raw: dict[str, Any]) -> str:
    parts = (raw.get("rule"), raw.get("operation") or raw.get("subject"))
    return " on ".join(part for part in parts if isinstance(part, str) and part) or "the entry"


def _date(text: object) -> date | None:
    try:
        found = date.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.isoformat() == text else None


def _entry(raw: dict[str, Any]) -> Suppression:
    texts = {name: raw.get(name, "") for name in MEMBERS if name not in ("operation", "expires")}
    method, _, path = raw.get("operation", "").partition(" ")
    return Suppression(
        operation=OperationKey(path=path, method=method) if method else None,
        expires=_date(raw.get("expires")),
        **texts,
    )
