"""docs/expect-continue.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.harness import render

if TYPE_CHECKING:
    from tests.servers.expect.measure import Row

PAGE = Path(__file__).parents[3] / "docs" / "expect-continue.md"
COLUMNS = {
    "/guarded": "guarded before the body",
    "/behind": "guarded by the backend, before the body",
    "/late": "guarded after the body",
    "/open": "not guarded",
    "/eager": "not guarded, body not needed",
}
TEMPLATE = Path(__file__).with_name("page.md")


def page(rows: list[Row]) -> str:
    """Return the page."""
    received = sum(row.completed for row in rows)
    bodies = f"{received or 'No'} bodies arrived in {len(rows)} operations.{_ended(rows)}"
    heads = ("server", *COLUMNS.values(), "handlers that start at the head")
    lines = [_line(heads), _line(["---"] * len(heads))]
    for server in dict.fromkeys(row.server for row in rows):
        mine = {row.path: row for row in rows if row.server == server}
        lines.append(_line([server, *(_cell(mine.get(path)) for path in COLUMNS), _handlers(mine)]))
    return render(TEMPLATE.read_text(encoding="utf-8"), {"BODIES": bodies, "TABLE": "\n".join(lines)})


def _ended(rows: list[Row]) -> str:
    """Name the servers that take a reset for the end of an empty body."""
    servers = "; ".join(dict.fromkeys(row.server for row in rows if row.ended))
    return f"\nThese take a reset over HTTP/2 for the end of an empty body: {servers}." if servers else ""


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(row: Row | None) -> str:
    return f"{row.anonymous} · {row.valid} · {row.verdict}" if row else ""


def _handlers(rows: dict[str, Row]) -> str:
    started = {path for path, row in rows.items() if row.started}
    if started - {"/eager"}:
        return "all that are admitted"
    return "only those that need no body" if started else "none"
