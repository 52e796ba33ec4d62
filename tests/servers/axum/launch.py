"""Starts the lab, which is a separate example, with the faults of the variant."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from tests.lab.axum_lab import CARGO_NEEDED, axum_lab, cargo_available
from tests.servers.process import Running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.axum_lab import ClientAuth
    from tests.servers.harness import Launch


def available() -> str | None:
    """Return None when it can be built."""
    version = ".".join(map(str, CARGO_NEEDED))
    return None if cargo_available() else f"cargo {version} or newer is not installed"


@contextmanager
def start(launch: Launch) -> Iterator[Running]:
    """Run the variant until the context ends."""
    with axum_lab(
        ca=launch.pki.client_ca,
        cert=launch.pki.server_cert,
        key=launch.pki.server_key,
        crl=launch.pki.crl if launch.variant.endswith("-crl") else None,
        client_auth=cast("ClientAuth", launch.settings.get("client_auth", "optional")),
        faults=launch.settings.get("faults", "").split(),
        tls=launch.tls.value,
    ) as base_url:
        yield Running(base_url=base_url)
