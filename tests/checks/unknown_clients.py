"""Certificates of a client that no identity of the configuration stands for."""

from msgspec.structs import replace

from specdrift.model.exchange.identity import IdentityKind
from tests.checks.plan_builders import ALICE

UNKNOWN = replace(
    ALICE,
    name="valid-other-client",
    kind=IdentityKind.GENERATED,
    profile="valid-other-client",
    roles=frozenset(),
)
JUDGED = replace(UNKNOWN, name="unknown-name", profile="unknown-name", imitates="alice", beside=UNKNOWN.name)
"""As ``UNKNOWN``, with a name that an application may take for alice's."""
