"""Runs the engine in a test, without the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specdrift import scan
from specdrift.app.running.event_loop import run_alone
from specdrift.events import ScanFinished
from specdrift.model.policy import ProfilePolicy
from specdrift.settings import Identity, NetworkSettings, ServerSettings, Settings
from tests.changed_settings import changed
from tests.servers.cases import FOLDER
from tests.servers.same_stack import UNSENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.events import Event
    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki


FEW_CERTIFICATES = dict.fromkeys(UNSENT, ProfilePolicy.SKIP)
"""One certificate of each kind that a handler may mistake: the others never get beyond CPython's TLS."""


def settings_for(pki: TestPki, base_url: str, **changes: Any) -> Settings:  # noqa: ANN401
    """A valid identity, the right CA, short timeouts, and few certificates; ``battery={}`` for another TLS stack."""
    settings = Settings(
        spec=str(FOLDER / "openapi.yaml"),
        base_url=base_url,
        server=ServerSettings(ca_file=pki.server_ca),
        identities=(
            Identity(
                name="alice",
                cert_file=pki.alice.cert,
                key_file=pki.alice.key,
                roles=frozenset({"reader"}),
            ),
        ),
        network=NetworkSettings(timeout=5, retries=1),
    )
    return changed(settings, **{"skip_checks": ("undocumented",), "battery": FEW_CERTIFICATES, **changes})


def run(settings: Settings, watch: Callable[[Event], None] = lambda _: None) -> Result:
    """The result of a whole run."""
    return run_alone(_run(settings, watch))


async def _run(settings: Settings, watch: Callable[[Event], None]) -> Result:
    result: Result | None = None
    async for event in scan.scan(scan.prepare(settings)):
        watch(event)
        if isinstance(event, ScanFinished):
            result = event.result
    assert result is not None
    return result
