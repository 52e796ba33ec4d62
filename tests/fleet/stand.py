"""Real servers on loopback, an inventory of them, and what can be compared of two runs."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from tests.servers.cases import case_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.servers.pki import TestPki

NAMES = ("nginx-optional-unguarded", "nginx-on", "python-cert-optional-unguarded", "node-authorized")
"""Different stacks, some of them with drift."""
FEW = 'checks = ["mtls-not-enforced", "mtls-over-enforced"]'
"""Enough to tell verdicts, and quick."""


class Stand(Struct, frozen=True, kw_only=True):
    """Servers that answer, by the name of their case."""

    pki: TestPki
    base_urls: Mapping[str, str]

    def services(self) -> str:
        """A table for each server."""
        return "\n".join(service(name, url) for name, url in self.base_urls.items())

    def inventory(self, *, fleet: str = "", first: str = "", key: str = "") -> str:
        """The text of an inventory; ``key`` is the client's key when it is not the usual one, ``first`` are services
        that come before the others.
        """
        return f"""
[fleet]
{fleet}
[defaults]
{FEW}
[defaults.server]
ca-file = "{self.pki.server_ca}"
[[defaults.identities]]
name = "alice"
cert-file = "{self.pki.alice.cert}"
key-file = "{key or self.pki.alice.key}"
{first}
{self.services()}
"""


def service(name: str, url: str, *, more: str = "") -> str:
    """One service of the inventory, with the document that all servers share."""
    document = case_named("nginx-on").document
    return f'[[services]]\nname = "{name}"\nspec = "{document}"\nbase-url = "{url}"\n{more}\n'


@contextmanager
def stand(pki: TestPki, folder: Path, names: Sequence[str] = NAMES) -> Iterator[Stand]:
    """Run the servers until the context ends; those that cannot run here are left out."""
    cases = [case for case in map(case_named, names) if not case.available()]
    with ExitStack() as stack:
        running = {
            case.name: stack.enter_context(case.start(pki, folder / case.name)).base_url for case in cases
        }
        yield Stand(pki=pki, base_urls=running)


class Silent(Struct, frozen=True, kw_only=True):
    """``asked`` is set once a client has connected: the run is in its middle."""

    url: str
    asked: threading.Event = field(default_factory=threading.Event)


@contextmanager
def silent_server() -> Iterator[Silent]:
    """A target that accepts connections and never says anything."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = Silent(url=f"https://127.0.0.1:{listener.getsockname()[1]}")

        def accept() -> None:
            while True:
                try:
                    kept.append(listener.accept()[0])
                    silent.asked.set()
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield silent
        listener.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


def judged(output: Path) -> dict[str, Any]:
    """What two runs must have in common, by service: no times, ids or counts of retries."""
    index = json.loads((output / "fleet.json").read_text())
    found = {
        row["service"]: _essence(json.loads((output / row["result"]).read_text()))
        for row in index["services"]
        if row["result"]
    }
    failed = {row["service"]: row["exit_status"] for row in index["services"] if not row["result"]}
    return {"judged": found, "failed": failed, "exit_status": index["exit_status"]}


def _essence(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "spec": result["spec"],
        "exit_status": result["exit_status"],
        "drifts": sorted(drift["fingerprint"] for drift in result["drifts"]),
        "operations": {
            f"{one['method']} {one['path']}": (
                one["verdict"],
                one["enforcement"],
                sorted((outcome["identity"], outcome["outcome"]) for outcome in one["outcomes"]),
            )
            for one in result["operations"]
        },
        "undecided": sorted(map(str, (one["operation"] for one in result["undecided"]))),
    }
