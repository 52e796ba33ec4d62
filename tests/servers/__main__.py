"""Lists the server cases, or runs one to try by hand until Ctrl-C."""

# ruff: noqa: T201 (a command line program)
from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from tests.servers.cases import CASES, case_named
from tests.servers.harness import ServerCase, Tls
from tests.servers.pki import make_pki


def main() -> int:
    """Run the command line; the exit status is 2 for a case that does not exist or cannot be started."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    run = commands.add_parser("run", help="Start one case and serve until Ctrl-C.")
    run.add_argument("name")
    run.add_argument("--tls", choices=[tls.value for tls in Tls], default=Tls.BOTH.value)
    arguments = parser.parse_args()
    if arguments.command is None:
        return list_cases()
    try:
        return serve(case_named(arguments.name), Tls(arguments.tls))
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 2


def list_cases() -> int:
    """Print one line per case: name, number of expected drifts, description."""
    for case in CASES:
        missing = case.available()
        state = f"not here: {missing}" if missing else f"{len(case.truth.drifts)} drifts"
        print(f"{case.name:40} {state:12} {case.variant.about}")
    return 0


def serve(case: ServerCase, tls: Tls) -> int:
    """Start the case, print how to check it and its expected drifts, and wait for Ctrl-C."""
    if missing := case.available():
        print(f"{case.name} cannot run here: {missing}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="specdrift-server-") as scratch:
        pki = make_pki(Path(scratch) / "pki")
        with case.start(pki, Path(scratch) / "server", tls=tls) as server, suppress(KeyboardInterrupt):
            describe(
                case,
                server.base_url,
                case.options(pki, server.base_url),
                log=Path(scratch) / "server/server.log",
            )
            threading.Event().wait()
    return 0


def describe(case: ServerCase, base_url: str, options: list[str], *, log: Path) -> None:
    """Print the address, the command to try and the expected result."""
    print(f"{case.name}: {case.variant.about}\nbase URL  {base_url}\nlog       {log}\n")
    print(f"specdrift check {case.document} {base_url} \\\n  " + " \\\n  ".join(map(shlex.quote, options)))
    print("\nexpected drifts:" if case.truth.drifts else "\nno drift is expected")
    for drift in sorted(case.truth.drifts):
        print(f"  {drift.rule:30} {drift.method} {drift.path:14} {drift.subject}")
    for drift in sorted(case.truth.possible):
        print(f"  {drift.rule:30} {drift.method} {drift.path:14} {drift.subject} (by version)")
    for method, path in sorted(case.truth.undecided):
        print(f"  {'(undecided)':30} {method} {path}")
    for method, path in sorted(case.truth.tolerated):
        print(f"  {'(may be undecided)':30} {method} {path}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
