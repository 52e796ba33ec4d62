"""`./dev real`: checks the real products in examples/real, and writes docs/real-systems.md."""

# ruff: noqa: T201 (a program that talks to a terminal)
from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.page import DOCUMENT, Row, document, row_of
from tests.real.products import PRODUCTS, Product
from tests.real.run import NotHereError, arguments, check, lay_out, prepare, started

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> int:
    """Check the products; 0 if exactly the explained findings are found, 1 if not, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(prog="./dev real", description=__doc__)
    names = [product.name for product in PRODUCTS]
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"Products, of {', '.join(names)}; default: all."
    )
    parser.add_argument("--write", action="store_true", help=f"Write the rows to docs/{DOCUMENT.name}.")
    parser.add_argument("--hold", action="store_true", help="Start one product, and serve until Ctrl-C.")
    parser.add_argument(
        "--keep", metavar="FOLDER", type=Path, help="Keep results and reports in this folder."
    )
    given = parser.parse_args()
    if unknown := sorted({*given.names} - {*names}):
        parser.error(f"no product is called {' or '.join(unknown)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = [product for product in PRODUCTS if not given.names or product.name in given.names]
    with tempfile.TemporaryDirectory(prefix="specdrift-real-") as scratch:
        folder = given.keep or Path(scratch)
        if given.hold:
            return hold(wanted[0], folder / wanted[0].name)
        rows = [row for product in wanted if (row := checked(product, folder / product.name)) is not None]
    if given.write:
        before = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
        DOCUMENT.write_text(document(rows, before=before), encoding="utf-8")
    return 0 if rows and not any(row.unexplained or row.absent for row in rows) else 1


def checked(product: Product, work: Path) -> Row | None:
    """Start and check one product, print its row, and return it; None where it cannot run."""
    try:
        pki = lay_out(product, work)
        version = prepare(product, work)
    except NotHereError as missing:
        print(f"{product.name} is not checked: {missing}", file=sys.stderr)
        return None
    with started(product, work, pki) as running:
        row = row_of(product, check(work, running, version=version))
    print(row.line, *(f"    not explained: {text}" for text in row.unexplained), sep="\n")
    print(*(f"    explained, but not found: {rule}\n" for rule in row.absent), sep="", end="", flush=True)
    return row


def hold(product: Product, work: Path) -> int:
    """Start a product, print how to check it, and wait for Ctrl-C."""
    try:
        pki = lay_out(product, work)
        version = prepare(product, work)
    except NotHereError as missing:
        print(f"{product.name} cannot run here: {missing}", file=sys.stderr)
        return 2
    with started(product, work, pki) as running, suppress(KeyboardInterrupt):
        print(f"{version}, log in {work / 'server.log'}\n\n{_command(arguments(work, running))}", flush=True)
        threading.Event().wait()
    return 0


def _command(words: Sequence[str]) -> str:
    return "specdrift " + " \\\n  ".join(words)


if __name__ == "__main__":
    sys.exit(main())
