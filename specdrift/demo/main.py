"""Starts the demo server, checks it as ``specdrift check`` does, and compares with what was planted."""

import signal
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from specdrift import config
from specdrift.cli.check import perform
from specdrift.cli.output import planned_output
from specdrift.cli.streams import Terminal, say
from specdrift.demo.api import PLANTED
from specdrift.demo.certificates import write_certificates
from specdrift.demo.server import running
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result import Result

_CONFIG = """\
spec = "{spec}"
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

[reports]
html = "{reports}/report.html"
json = "{reports}/result.json"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """``reports`` is the folder for the reports; ``port`` 0 takes a free one; ``keep`` goes on serving."""

    reports: Path
    port: int = 0
    keep: bool = False


def main(demo: Demo, terminal: Terminal) -> int:
    """Run the demo: 0 when the check found exactly what was planted, else 1."""
    reports = demo.reports.absolute()
    spec = _write_spec(reports)
    with tempfile.TemporaryDirectory(prefix="specdrift-demo-") as name:
        folder = Path(name)
        write_certificates(folder)
        with running(folder, port=demo.port) as port:
            file = folder / "specdrift.toml"
            file.write_text(_CONFIG.format(spec=spec, port=port, reports=reports), encoding="utf-8")
            result = _check(file, terminal)
            status = _compare(result, terminal)
            if demo.keep and not result.interrupted:
                _serve_on(file, port)
    say(f"report: {demo.reports / 'report.html'}")
    return ExitStatus.INTERRUPTED if result.interrupted else status


def _write_spec(reports: Path) -> Path:
    """The document beside the reports, so that its lines can be looked up."""
    spec = reports / "openapi.yaml"
    try:
        reports.mkdir(parents=True, exist_ok=True)
        spec.write_bytes((files("specdrift.demo") / spec.name).read_bytes())
    except OSError as error:
        raise UsageError(f"cannot write {spec}: {error.strerror}; choose another folder with -o") from None
    return spec


def _check(file: Path, terminal: Terminal) -> Result:
    """The check as its command runs it, with nothing but the demo's own configuration."""
    settings = config.read(config=file, environ={}, warn=terminal.warn)
    return perform(settings, planned_output({}, terminal, settings=settings), terminal)


def found_in(result: Result) -> frozenset[tuple[str, str]]:
    """Rule, and method with path, of everything that a result reports, in the form of ``PLANTED``."""
    drifts = {(drift.rule, str(drift.operation)) for drift in result.drifts if drift.operation}
    strangers = {("undocumented-endpoint", f"{one.method} {one.path}") for one in result.undocumented}
    return frozenset(drifts | strangers)


def _compare(result: Result, terminal: Terminal) -> int:
    """Say whether the check found what was planted, all of it and nothing else."""
    found = found_in(result)
    missed, extra = sorted(PLANTED - found), sorted(found - PLANTED)
    undecided = [f"{entry.operation}: {entry.reason}" for entry in result.undecided]
    if not (missed or extra or undecided):
        terminal.note(f"The check found the {len(PLANTED)} planted drifts, and nothing else.")
        return ExitStatus.OK
    for label, entries in (("missed", missed), ("not planted", extra)):
        for rule, where in entries:
            say(f"{label}: {rule} at {where}")
    for entry in undecided:
        say(f"undecided: {entry}")
    return ExitStatus.DRIFT


def _serve_on(file: Path, port: int) -> None:
    """Keep the server for the user's own attempts until Ctrl-C."""
    folder = file.parent
    say(f"The server goes on at https://localhost:{port} until Ctrl-C. Try:")
    curl = f"curl --cacert {folder}/server-ca.pem https://localhost:{port}"
    say(f"  specdrift check --config {file}")
    say(f"  specdrift plan --config {file}")
    say(f"  specdrift identities --config {file}")
    say(f"  {curl}/transfers")
    say(f"  {curl}/accounts --cert {folder}/alice.pem --key {folder}/alice.key")
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("")
