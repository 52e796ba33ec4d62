"""Whether a server that admits a certificate outside its validity has a clock by which it is valid. Pure.

The certificates lie a quarter of an hour or more on the wrong side of the client's clock. A clock may be wrong by more,
and a run may last until a certificate becomes valid. The server's clock is the Date of its answer (RFC 9110 §6.6.1).
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec.structs import replace

from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.result.verdict import Classification, Outcome
from specdrift.rules.verification import ASPECTS, VerifiedAspect

TOLERANCE = timedelta(minutes=5)
"""How much correct servers allow for other clocks."""
CLOSE = frozenset({"expired-recently", "not-yet-valid-soon"})
"""Certificates that a clock which is wrong, or a long run, makes valid."""


def by_the_servers_clock(
    found: Classification, identity: ClientIdentity, exchange: Exchange
) -> Classification:
    """Draw no conclusion from the admission of a certificate that may be valid by the server's clock."""
    facts = identity.certificate
    by_date = (
        identity.kind is IdentityKind.GENERATED and ASPECTS.get(identity.profile) is VerifiedAspect.VALIDITY
    )
    if facts is None or not by_date or found.outcome is not Outcome.ADMITTED:
        return found
    now = _date_of(exchange)
    if now is None:
        doubt = "the answer has no Date" if identity.name in CLOSE else ""
    else:
        valid = facts.not_before - TOLERANCE <= now <= facts.not_after + TOLERANCE
        doubt = f"the Date of the answer is {now:%Y-%m-%d %H:%M:%S} UTC" if valid else ""
    if not doubt:
        return found
    reason = f"{found.reason}, but {doubt}: the certificate may be valid by the server's clock"
    return replace(found, outcome=Outcome.INCONCLUSIVE, reason=reason)


def _date_of(exchange: Exchange) -> datetime | None:
    http = exchange.observation.http
    field = http.header("date") if http else ""
    try:
        return parsedate_to_datetime(field).replace(tzinfo=UTC) if field else None
    except ValueError:
        return None
