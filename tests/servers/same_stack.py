"""Cases that differ in their answers alone: their TLS is that of the family `python`, before any line of their own.

CPython refuses an invalid certificate in the handshake and the handler sees no request, whatever the variant. Cases of
the family `python`, and those here with a truth about certificates or a handshake of their own, get every profile;
the others one of each kind that matters to a handler. `./dev truth` sends all of them everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specdrift.pki.battery import PROFILES, Tier
from specdrift.rules import ids
from tests.servers.odd.serve import OWN_HANDSHAKE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.harness import ServerCase

FAMILIES = frozenset({"odd", "denials", "leaks", "pages", "elsewhere", "owned", "defaults"})
REFUSED, MISTAKABLE = "self-signed", "extra-chain-certificate"
"""The profile that TLS refuses for all others, and the family of which handlers may mistake one for another."""
UNSENT = tuple(
    name
    for name, profile in PROFILES.items()
    if profile.tier is Tier.KEYLESS and name != REFUSED and profile.family != MISTAKABLE
)
"""Profiles without a CA key that no variant's own lines decide."""


def has_the_same_stack(case: ServerCase) -> bool:
    """Return whether a case has nothing of its own in TLS, and no drift that a certificate causes."""
    rules = {drift.rule for drift in case.truth.drifts | case.truth.possible}
    family = case.name.partition("-")[0]
    usual = family in FAMILIES and case.variant.name not in OWN_HANDSHAKE and case.variant.config is None
    # The key of the client CA makes certificates that few other variants are sent, and that a configuration names.
    return usual and case.variant.client_ca is None and ids.INVALID_CERTIFICATE_ACCEPTED not in rules


def few_certificates(case: ServerCase, folder: Path) -> tuple[str, ...]:
    """Return the options of a check of this case: without the profiles that cannot find anything on it."""
    return without_most_certificates(folder) if has_the_same_stack(case) else ()


BATTERY = "[battery]\n" + "".join(f'{name} = "skip"\n' for name in UNSENT)
"""As a table of a configuration."""


def without_most_certificates(folder: Path) -> tuple[str, ...]:
    """Return the options that leave them out."""
    file = folder / "few-certificates.toml"
    file.write_text(BATTERY, encoding="utf-8")
    return ("--config", str(file))
