"""`python -m tests.servers.expect`: measure all servers, and with --write write docs/expect-continue.md."""

# ruff: noqa: T201 (a program that talks to a terminal)
from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.servers.expect.measure import Row, measure
from tests.servers.expect.page import PAGE, page
from tests.servers.expect.setups import SETUPS
from tests.servers.pki import make_pki


def main() -> int:
    """Return 1 if a server received a body, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.expect", description=__doc__)
    parser.add_argument("servers", nargs="*", help="names or beginnings of names; all without")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    arguments = parser.parse_args()
    rows: list[Row] = []
    if arguments.write and (absent := [setup.name for setup in SETUPS if not setup.available()]):
        parser.error(f"the page needs all servers; not installed: {', '.join(absent)}")
    with tempfile.TemporaryDirectory(prefix="specdrift-expect-") as scratch:
        pki = make_pki(Path(scratch) / "pki")
        wanted = tuple(name.lower() for name in arguments.servers) or ("",)
        for setup in SETUPS:
            if not setup.name.lower().startswith(wanted):
                continue
            if not setup.available():
                print(f"{setup.name} is not installed", file=sys.stderr)
                continue
            for row in measure(setup, pki):
                rows.append(row)
                started = ",".join(row.started) or "-"
                print(
                    f"{row.server:34} {row.path:9} {row.anonymous:14} {row.valid:14} {row.verdict:11} {started:16} "
                    f"{row.completed} {row.ended}",
                    flush=True,
                )
    if arguments.write:
        PAGE.write_text(page(rows), encoding="utf-8")
    return int(any(row.completed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
