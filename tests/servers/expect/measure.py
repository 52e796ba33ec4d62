"""Measures one server: what each caller gets for a head, the verdict, and what the server's log says."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from msgspec import Struct

from specdrift.cli.main import cli
from tests.servers.expect.setups import HERE

if TYPE_CHECKING:
    from tests.servers.expect.setups import Setup
    from tests.servers.pki import TestPki

SETTLE_S = 0.3
"""Time for the last handlers to write their lines."""


class Row(Struct, frozen=True, kw_only=True):
    """One operation of one server."""

    server: str
    path: str
    anonymous: str
    """What the anonymous client gets."""
    valid: str
    """What the valid certificate gets."""
    verdict: str
    started: tuple[str, ...]
    """Callers for whom a handler started."""
    completed: int
    """Bodies that arrived; the client sends none."""
    ended: int = 0
    """How often the server took a reset for the end of an empty body, and told its handler."""


def measure(setup: Setup, pki: TestPki) -> list[Row]:
    """Start the server, check it in the mode ``headers``, and read its log."""
    with tempfile.TemporaryDirectory(prefix="specdrift-expect-") as scratch:
        workdir = Path(scratch) / "server"
        workdir.mkdir()
        with setup.start(pki, workdir) as started:
            result = _checked(setup, pki, started.base_url)
            time.sleep(SETTLE_S)
            log = started.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [_row(setup, path, result, log) for path in setup.paths]


def _checked(setup: Setup, pki: TestPki, base_url: str) -> dict[str, Any]:
    arguments = [
        *("check", str(HERE / "openapi.yaml"), base_url, "--format=json", "-q"),
        *("--unsafe-methods=headers", "--checks=mtls-not-enforced", f"--cacert={pki.server_ca}"),
        f"--identity=alice={pki.alice.cert},{pki.alice.key}",
        *(f"--include-path={path}" for path in setup.paths),
    ]
    outcome = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    loaded: dict[str, Any] = json.loads(outcome.stdout)
    return loaded


def _row(setup: Setup, path: str, result: dict[str, Any], log: list[str]) -> Row:
    answers: dict[str, dict[str, None]] = {"anonymous": {}, "alice": {}}
    for probe in result["probes"]:
        own = probe["operation"] and probe["operation"]["path"] == path and probe["identity"] in answers
        if own and not probe["tag"]:  # what a broken body gets decides only if it is the same
            answers[probe["identity"]][_answer(probe)] = None
    (operation,) = (o for o in result["operations"] if o["path"] == path)
    lines = [line.split() for line in log if line.startswith(("handler ", "body "))]
    return Row(
        server=setup.name,
        path=path,
        anonymous=", ".join(answers["anonymous"]),
        valid=", ".join(answers["alice"]),
        verdict=operation["verdict"],
        started=tuple(sorted({line[2] for line in lines if line[0] == "handler" and line[1] == path})),
        completed=sum(line[:2] == ["body", path] and line[3] != "0" for line in lines),
        ended=sum(line[:2] == ["body", path] and line[3] == "0" for line in lines),
    )


def _answer(probe: dict[str, Any]) -> str:
    if probe["response"]:
        return str(probe["response"]["status"])
    if probe["tls"]["alert"]:
        return f"alert {probe['tls']['alert']}"
    return {"continue": "100", "timeout": "nothing"}.get(probe["ending"], str(probe["ending"]))
