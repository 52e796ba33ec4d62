"""``specdrift identities``."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import config_options, read_settings, terminal_of, terminal_options
from specdrift.cli.terminal.streams import Terminal, write_text
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.policy import Expect
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
    certificates: list[tuple[str, Expect, str]] = []
    from specdrift.pki.load import contradiction
    from specdrift.scan.preparation.credentials.identity_command import with_printed

    for identity in with_printed(settings.identities):
        found = _inspect(identity, now, terminal, issuers)
        unusable = unusable or any(one.severity is Severity.ERROR for one in found.advice)
        certificates.append((identity.name, identity.expect, found.sha256))
        lines += _lines(identity, found, terminal)
    if text := contradiction(certificates):
        unusable = True
        lines.append(_advice(Severity.ERROR, text, terminal))
    lines += _crl_lines(settings, now, terminal)
    write_text("".join(f"{line}\n" for line in lines), styled=True)
    return ExitStatus.USAGE if unusable else ExitStatus.OK


def _inspect(
    identity: Identity, now: datetime, terminal: Terminal, issuers: "tuple[x509.Certificate, ...]"
) -> "Inspection":
    from specdrift.pki.inspection.inspecting import inspection_of

    return inspection_of(identity, now=now, prompt=terminal.prompt, issuers=issuers)


def _crl_lines(settings: Settings, now: datetime, terminal: Terminal) -> Iterator[str]:
    """The dates of the CRL of ``[client-ca]``."""
    from specdrift.pki.authority import load_client_ca
    from specdrift.pki.inspection.remarks import on_crl

    crl = load_client_ca(settings.client_ca).crl
    if crl is not None:
        until = f"{crl.next_update_utc:%Y-%m-%d %H:%M} UTC" if crl.next_update_utc else "not stated"
        yield printable(f"client-ca: {settings.client_ca.crl_file} (CRL, next update: {until})")
        yield from (_advice(severity, text, terminal) for severity, text in on_crl(crl, now))


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
    yield from (_advice(one.severity, one.message, terminal) for one in found.advice)


def _advice(severity: Severity, text: str, terminal: Terminal) -> str:
    label = str(severity)
    if terminal.out_coloured:
        label = click.style(label, fg=_COLOURS[severity], bold=True)
    return f"  {label}: {printable(text)}"
