"""Starts the demo server, checks it like ``specdrift check``, and compares with the known drifts."""

import shlex
import signal
from importlib.resources import files
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from specdrift import config
from specdrift.app.check import run_check
from specdrift.app.output import OutputOptions, plan_output
from specdrift.app.running.watchdog import stop_signals
from specdrift.cli.terminal.notices import NoticePrinter
from specdrift.cli.terminal.progress import ProgressPrinter
from specdrift.cli.terminal.streams import Terminal, print_stderr
from specdrift.demo.api import PLANTED
from specdrift.demo.certificates import write_certificates
from specdrift.demo.server import running
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.private_folder import private_folder
from specdrift.rules.ids import UNDOCUMENTED_ENDPOINT

_CONFIG = """\
spec = "openapi.yaml"
base-url = "https://localhost:{port}"

[server]
ca-file = "server-ca.pem"

[client-ca]
cert-file = "client-ca.pem"

[[identities]]
name = "alice"
cert-file = "alice.pem"
key-file = "alice.key"

[[identities]]
name = "bob"
cert-file = "bob.pem"
key-file = "bob.key"

[[identities]]
name = "old-partner"
cert-file = "old-partner.pem"
key-file = "old-partner.key"
expect = "refused"

[network]
resolve = ["localhost:{port}:127.0.0.1"]
"""
DEFAULT_FOLDER = "specdrift-demo"
"""Of the reports."""


class Demo(Struct, frozen=True, kw_only=True):
    reports: Path
    """Folder for the reports."""
    port: int = 0
    """0 chooses a free port."""
    keep: bool = False
    """Leave the server running after the check."""


def main(demo: Demo, terminal: Terminal) -> int:
    """Run the demo; returns 0 if the check found exactly the known drifts, else 1."""
    _write_document(demo.reports)
    with private_folder() as folder:
        write_certificates(folder)
        with running(folder, port=demo.port) as port:
            file = folder / "specdrift.toml"
            file.write_text(_CONFIG.format(port=port), encoding="utf-8")
            _write_document(folder)  # a configuration may name the files of its folder without being trusted
            result = _check(file, demo, terminal)
            status = _compare(result, demo, terminal)
            if demo.keep and not result.interrupted:
                _serve_on(folder, port)
    return ExitStatus.INTERRUPTED if result.interrupted else status


def _write_document(folder: Path) -> None:
    """Write the document beside the reports, which refer to its lines, or beside the configuration."""
    spec = folder / "openapi.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        spec.write_bytes((files("specdrift.demo") / spec.name).read_bytes())
    except OSError as error:
        raise UsageError(f"cannot write {spec}: {error.strerror}; choose another folder with -o") from None


def _again(demo: Demo) -> str:
    """The command that starts the server again, with new certificates, and makes a report for it."""
    words = ["specdrift", "demo", "--keep"]
    if demo.reports != Path(DEFAULT_FOLDER):
        words += ["-o", str(demo.reports)]
    return shlex.join(words)


def _note(demo: Demo) -> str:
    """How long the commands of the report work: its keys are in no folder that outlives the server."""
    if demo.keep:
        return f"The commands of this report work until {_again(demo)}, which made it, is ended with Ctrl-C."
    return (
        "The server of this report has ended, and its certificates are deleted, so that the commands under "
        f'"Reproduce" fail. {_again(demo)} makes the report again, with commands that work until Ctrl-C.'
    )


def _check(file: Path, demo: Demo, terminal: Terminal) -> Result:
    """Check with the demo's own configuration only."""
    reports = demo.reports
    options = {
        "SPEC": str(reports / "openapi.yaml"),
        "reports": (f"json={reports / 'result.json'}", f"html={reports / 'report.html'}"),
    }
    settings = config.read(options, config=file, environ={}, warn=terminal.warn)
    output = replace(plan_output(OutputOptions(), terminal.console, settings=settings), note=_note(demo))
    with ProgressPrinter(terminal) as progress:
        return run_check(settings, output, watch=progress, notify=NoticePrinter(terminal))


def found_in(result: Result) -> frozenset[tuple[str, str]]:
    """Rule, and method with path, of every finding, as in ``PLANTED``."""
    drifts = {(drift.rule, str(drift.operation)) for drift in result.drifts if drift.operation}
    endpoints = {(UNDOCUMENTED_ENDPOINT, f"{one.method} {one.path}") for one in result.undocumented}
    return frozenset(drifts | endpoints)


def _compare(result: Result, demo: Demo, terminal: Terminal) -> int:
    """Report differences between the findings and the known drifts; returns the exit status."""
    found = found_in(result)
    missed, extra = sorted(PLANTED - found), sorted(found - PLANTED)
    undecided = [f"{entry.operation}: {entry.reason}" for entry in result.undecided]
    if not (missed or extra or undecided):
        terminal.note(f"The check found each of {plural(len(PLANTED), 'planted drift')}, and nothing else.")
        terminal.note(f"To try the commands above and others on the server: {_again(demo)}")
        return ExitStatus.OK
    for label, entries in (("missed", missed), ("not planted", extra)):
        for rule, where in entries:
            print_stderr(f"{label}: {rule} at {where}")
    for entry in undecided:
        print_stderr(f"undecided: {entry}")
    return ExitStatus.DRIFT


def _serve_on(folder: Path, port: int) -> None:
    """Serve until Ctrl-C."""
    curl = f"curl --cacert server-ca.pem https://localhost:{port}"
    lines = (
        f"The server runs at https://localhost:{port} until Ctrl-C. In another terminal:",
        f"  cd {folder}",
        "  specdrift check --config specdrift.toml",
        "  specdrift plan --config specdrift.toml",
        "  specdrift identities --config specdrift.toml",
        f"  {curl}/transfers",
        f"  {curl}/accounts --cert alice.pem --key alice.key",
    )
    for line in lines:
        print_stderr(line)
    for number in stop_signals():
        # The signals must raise, so that the context managers delete the keys.
        signal.signal(number, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        print_stderr()
