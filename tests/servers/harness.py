"""A server case: one variant of one server, which can be started and has a known truth."""

from __future__ import annotations

import json
import os
import sys
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from tests.servers.process import Running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.servers.pki import TestPki
    from tests.servers.truth import Truth, Variant

__all__ = ["Launch", "Running", "Server", "ServerCase", "Tls", "render"]


class Tls(Enum):
    """The TLS versions that the server offers."""

    value: Literal["1.2-1.3", "1.2", "1.3"]

    BOTH = "1.2-1.3"
    TLS12 = "1.2"
    TLS13 = "1.3"


class Launch(Struct, frozen=True, kw_only=True):
    """The parameters of a server's start."""

    pki: TestPki
    workdir: Path
    tls: Tls
    variant: str
    settings: Mapping[str, str]

    def arguments(self) -> list[str]:
        """Build the command line of a program of this repository: variant, TLS versions, files."""
        return [
            self.variant,
            *("--tls", self.tls.value),
            *("--cert", str(self.pki.server_cert)),
            *("--key", str(self.pki.server_key)),
            *("--client-ca", str(self.pki.client_ca)),
            *("--crl", str(self.pki.crl)),
        ]


PRODUCTS = ("etcd-",)
"""Cases of products with an API of their own, whose configuration cannot limit the TLS versions."""


class Server(Protocol):
    """The interface of each server's `launch` module."""

    def available(self) -> str | None:
        """Return None when the server can be started here, else the reason."""

    def start(self, launch: Launch) -> AbstractContextManager[Running]:
        """Run the variant until the context ends."""


class ServerCase(Struct, frozen=True, kw_only=True):
    """One variant of one server, and its document."""

    name: str
    server: Server
    variant: Variant

    @property
    def document(self) -> Path:
        """The OpenAPI document of the variant."""
        return self.variant.document

    @property
    def truth(self) -> Truth:
        """The drifts that a correct check reports, and no others."""
        return self.variant.truth

    @property
    def versions(self) -> tuple[Tls, ...]:
        """TLS versions to check it with: `odd` servers do not depend on them, and early data needs TLS 1.3."""
        return (Tls.BOTH,) if self.name.startswith(("odd-", "libssl-", *PRODUCTS)) else tuple(Tls)

    def available(self) -> str | None:
        """Return None when the server can be started here, else the reason."""
        return self.server.available()

    def start(self, pki: TestPki, workdir: Path, *, tls: Tls = Tls.BOTH) -> AbstractContextManager[Running]:
        """Run the server on an ephemeral port of 127.0.0.1 until the context ends.

        `workdir` is created and holds its configuration, log (`server.log`) and state.
        """
        workdir.mkdir(parents=True, exist_ok=True)
        return self.server.start(
            Launch(
                pki=pki,
                workdir=workdir,
                tls=tls,
                variant=self.variant.name,
                settings=self.variant.settings,
            )
        )

    def options(self, pki: TestPki, base_url: str = "") -> list[str]:
        """Build the options of `specdrift check`: CA, identities, and those of the variant.

        A variant that revokes needs `base_url`.
        """
        identities = [f"--identity={_identity(name, pki)}" for name in self.variant.identities]
        config = [f"--config={self.variant.config}"] if self.variant.config else self._client_ca(pki)
        config += self._revoking(pki, base_url)
        return [f"--cacert={pki.server_ca}", *config, *identities, *self.variant.options]

    def _client_ca(self, pki: TestPki) -> list[str]:
        """Write a configuration with the key of the client CA and policies of profiles, if the variant has the CA."""
        if self.variant.client_ca is None:
            return []
        values = {"cert-file": pki.client_ca, "key-file": pki.client_ca_key, **self.variant.client_ca}
        file = pki.client_ca.with_name(f"{self.name}.toml")
        lines = (f'{key} = "{value}"\n' for key, value in values.items())
        policies = (f'{name} = "{policy}"\n' for name, policy in self.variant.battery.items())
        text = f"[client-ca]\n{''.join(lines)}[battery]\n{''.join(policies)}"
        # Other runs of the same case, over other TLS versions, read it meanwhile.
        own = file.with_suffix(f".{os.getpid()}")
        own.write_text(text, encoding="utf-8")
        own.replace(file)
        return [f"--config={file}"]

    def _revoking(self, pki: TestPki, base_url: str) -> list[str]:
        """Write a configuration with an identity that is revoked by a request, if the variant has a path for it."""
        if not (self.variant.revoke_path and base_url):
            return []
        url = f"{base_url}{self.variant.revoke_path}"
        file = pki.client_ca.with_name(f"{self.name}-{urlsplit(base_url).port}.toml")
        command = [sys.executable, "-c", FETCH, url, str(pki.server_ca)]
        lines = (
            "[[identities]]",
            f'name = "{CANARY}"',
            f'cert-file = "{pki.revoked.cert}"',
            f'key-file = "{pki.revoked.key}"',
            f"revoke-command = {json.dumps(command)}",
            f'revoke-within = "{REVOKED_WITHIN_S}s"',
        )
        file.write_text("\n".join(lines), encoding="utf-8")
        return [f"--config={file}"]


FETCH = (
    "import ssl, sys, urllib.request as r;"
    "r.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2]))"
)
"""A program that requests a URL, as an operator's command would."""
REVOKED_WITHIN_S = 4
CANARY = "canary"
"""The identity that is revoked where a variant has a path for it."""

IDENTITY_SUFFIXES = {
    "alice": ",role=reader",
    "bob": ",role=admin",
    "chief": ",role=reader,role=admin",
    "unknown": "",
    "own": ",role=reader,scheme=mtls",
    "partner": ",role=admin,scheme=partnerTls",
    "expired": ",expect=refused",
    "revoked": ",expect=refused",
    "public": ",expect=refused",
}
"""Role and expectation of each identity on the command line."""


def _identity(name: str, pki: TestPki) -> str:
    pair = getattr(pki, name)
    return f"{name}={pair.cert},{pair.key}{IDENTITY_SUFFIXES[name]}"


def render(template: str, values: Mapping[str, str]) -> str:
    """Replace `@NAME@` marks, a notation that no server configuration uses itself."""
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template
