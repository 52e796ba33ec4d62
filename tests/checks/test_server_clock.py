"""A certificate that may be valid by the server's clock is not held against a server that admits it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate.server_clock import by_the_servers_clock
from specdrift.model.exchange.identity import CertificateFacts, ClientIdentity, IdentityKind
from specdrift.model.policy import Expect
from specdrift.model.result.verdict import Classification, Outcome
from tests.classify.exchanges import answer, exchange, probe

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENDED = NOW - timedelta(minutes=15)
ADMITTED = Classification(outcome=Outcome.ADMITTED, reason="200")


def caller(name: str, family: str, begins: datetime, ends: datetime) -> ClientIdentity:
    """Build a generated identity that is valid between these times."""
    facts = CertificateFacts(
        subject="CN=alice", issuer="CN=ca", serial="1", sha256="", not_before=begins, not_after=ends
    )
    return ClientIdentity(
        name=name, kind=IdentityKind.GENERATED, expect=Expect.REFUSED, profile=family, certificate=facts
    )


RECENT = caller("expired-recently", "expired", ENDED - 30 * 24 * HOUR, ENDED)
SOON = caller("not-yet-valid-soon", "not-yet-valid", NOW + HOUR, NOW + 30 * 24 * HOUR)
FAR = caller("expired", "expired", NOW - 30 * 24 * HOUR, NOW - 16 * HOUR)
FORGED = caller("self-signed", "self-signed", NOW - HOUR, NOW + HOUR)


@pytest.mark.parametrize(
    ("identity", "clock", "counts"),
    [
        (RECENT, NOW, True),
        (RECENT, NOW - timedelta(minutes=11), False),
        (RECENT, NOW + HOUR, True),
        (SOON, NOW, True),
        (SOON, NOW + timedelta(minutes=56), False),
        (RECENT, None, False),
        (FAR, None, True),
        (FAR, NOW - 16 * HOUR, False),
        (FORGED, NOW, True),
    ],
)
def test_an_admission_counts_if_the_certificate_is_invalid_by_the_servers_clock(
    identity: ClientIdentity, clock: datetime | None, *, counts: bool
) -> None:
    """Servers allow 5 minutes. Without a Date only certificates far from their validity count."""
    fields = () if clock is None else (("date", format_datetime(clock, usegmt=True)),)
    entry = exchange(probe(identity.name), answer(200, fields=fields))
    found = by_the_servers_clock(ADMITTED, identity, entry)
    assert (found.outcome is Outcome.ADMITTED) is counts
    assert (found == ADMITTED) is counts


def test_a_refusal_stays_a_refusal() -> None:
    """Whatever the clock is."""
    refused = replace(ADMITTED, outcome=Outcome.REFUSED_BY_APPLICATION)
    assert by_the_servers_clock(refused, RECENT, exchange(probe(RECENT.name), answer(401))) == refused
