"""The list of all server cases, in the order in which they are run and printed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import cast

from tests.servers.harness import Server, ServerCase
from tests.servers.truth import load_variants

FOLDER = Path(__file__).parent
SERVERS = (
    "nginx",
    "apache",
    "haproxy",
    "envoy",
    "node",
    "go",
    "quic",
    "proxied",
    "python",
    "caddy",
    "stunnel",
    "gnutls",
    "asgi",
    "openssl",
    "libssl",
    "jvm",
    "axum",
    "etcd",
    "odd",
    "owned",
    "elsewhere",
    "denials",
    "leaks",
    "pages",
    "defaults",
    "issuer",
)


def _cases(server: str) -> tuple[ServerCase, ...]:
    launch = cast("Server", import_module(f"tests.servers.{server}.launch"))
    return tuple(
        ServerCase(name=f"{server}-{variant.name}", server=launch, variant=variant)
        for variant in load_variants(FOLDER / server)
    )


CASES: tuple[ServerCase, ...] = tuple(case for server in SERVERS for case in _cases(server))


def case_named(name: str) -> ServerCase:
    """Return the case of that name. Raises KeyError, whose text lists the names."""
    for case in CASES:
        if case.name == name:
            return case
    raise KeyError(f"{name!r} is none of: {', '.join(case.name for case in CASES)}")
