"""``specdrift identities``."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import config_options, read_settings, terminal_of, terminal_options
from specdrift.cli.terminal.streams import Terminal, write_text
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result.drift import Severity
from specdrift.result.printable import printable
from specdrift.settings import Identity, Settings

if TYPE_CHECKING:
    from cryptography import x509

    from specdrift.pki.inspection.inspecting import Inspection

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_KEYS = (
    "identities",
    *(f"identities.{name}" for name in ("cert-file", "key-file", "key-pass-file", "cert-type")),
)


@command_with(
    "identities",
    Example(line="specdrift identities", about="all identities of specdrift.toml"),
    Example(line="specdrift identities --cert alice.pem --key alice.key"),
)
@config_options(only=_KEYS)
@terminal_options
def command(**params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Describe the client certificates, and check keys, chains, validity, key usage and passphrases. Needs no network.

    The exit status is 2 if one of them cannot be used.
    """
    terminal = terminal_of(params)
    settings = read_settings(terminal, params)
    if not settings.identities:
        raise UsageError(
            "no identity is configured; use --cert and --key, --identity, or [[identities]] in the file"
        )
    now, issuers = datetime.now(UTC), _issuers(settings)
    lines: list[str] = []
    unusable = False
    from specdrift.scan.preparation.credentials.identity_command import with_printed

    for identity in with_printed(settings.identities):
        found = _inspect(identity, now, terminal, issuers)
        unusable = unusable or any(one.severity is Severity.ERROR for one in found.advice)
        lines += _lines(identity, found, terminal)
    write_text("".join(f"{line}\n" for line in lines), styled=True)
    return ExitStatus.USAGE if unusable else ExitStatus.OK


def _inspect(
    identity: Identity, now: datetime, terminal: Terminal, issuers: "tuple[x509.Certificate, ...]"
) -> "Inspection":
    from specdrift.pki.inspection.inspecting import inspection_of

    return inspection_of(identity, now=now, prompt=terminal.prompt, issuers=issuers)


def _issuers(settings: Settings) -> "tuple[x509.Certificate, ...]":
    from specdrift.pki.authority import load_client_ca

    return load_client_ca(settings.client_ca).certificates


def _source(identity: Identity) -> str:
    return f"printed by {identity.command[0]}" if identity.command else str(identity.cert_file)


def _lines(identity: Identity, found: "Inspection", terminal: Terminal) -> Iterator[str]:
    roles = f", roles {', '.join(sorted(identity.roles))}" if identity.roles else ""
    yield printable(f"{identity.name}: {_source(identity)} (expected to be {identity.expect}{roles})")
    for fact in found.facts:
        yield f"  {fact.name:<8}  {printable(fact.value)}"
    if not found.advice:
        yield "  ok"
    for one in found.advice:
        label: str = one.severity.value
        if terminal.out_coloured:
            label = click.style(label, fg=_COLOURS[one.severity], bold=True)
        yield f"  {label}: {printable(one.message)}"
