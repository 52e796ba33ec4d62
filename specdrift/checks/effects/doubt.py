"""Whether the mark of a refused request proves that it took effect, or may be a record of what was refused. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from specdrift.checks.choices.body_members import Value
from specdrift.checks.core.confirm import caller_phrase
from specdrift.checks.effects.effect_traces import Shown, describes, difference
from specdrift.checks.effects.marks import MarkKind
from specdrift.checks.effects.writers import Writer
from specdrift.classify.exchange import Exchange
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import UndecidedOperation

HOW = (
    "send it by hand without a certificate, and look whether the state changes; leave it out then: "
    "[[operations]] enabled = false with a reason"
)


class Written(Struct, frozen=True):
    """A request that carried a mark, and the answers to the valid certificate that show it."""

    mark: Value
    attempt: Exchange
    seen: Sequence[Exchange]


def doubt_about(writer: Writer, accepted: Written, refused: Written) -> str:
    """Return why no answer proves that a refused request was carried out, for people; empty if one does."""
    if writer.mark.kind is MarkKind.CHOICE:
        return ""
    doubts = [_doubt(writer, accepted, refused, exchange) for exchange in refused.seen]
    return "" if "" in doubts else doubts[0]


def _doubt(writer: Writer, accepted: Written, refused: Written, exchange: Exchange) -> str:
    control = _control_of(exchange, accepted.seen)
    if control is None:
        return "there is no entry of an accepted request to compare with"
    elsewhere = exchange.probe.operation in {key for key, _ in writer.elsewhere}
    entry = _shown(writer, refused, exchange)
    request = refused.attempt.probe.request
    if elsewhere and request is not None and describes(entry, request.method, request.target):
        return "the entry names the request, as the entries of a log do"
    differs = difference(_shown(writer, accepted, control), entry, writer.valid, strict=elsewhere)
    if differs is None:
        return "the entry cannot be compared with that of an accepted request" if elsewhere else ""
    return f"the entry differs from that of an accepted request in {differs}" if differs else ""


def _control_of(exchange: Exchange, seen: Sequence[Exchange]) -> Exchange | None:
    """Return the answer at the same place that shows an accepted request's mark."""
    same = [each for each in seen if each.probe.operation == exchange.probe.operation]
    exact = (each for each in same if each.probe.request == exchange.probe.request)
    return next(exact, next(iter(same), None))


def _shown(writer: Writer, written: Written, exchange: Exchange) -> Shown:
    http, answer = exchange.observation.http, written.attempt.observation.http
    assert http is not None  # noqa: S101 - it shows the mark
    return Shown(
        http=http,
        is_mark=lambda found: writer.mark.is_part_of(found, written.mark),
        mark=str(written.mark),
        status=answer.status if answer else 0,
    )


def undecided(writer: Writer, caller: ClientIdentity, refused: Written, doubt: str) -> UndecidedOperation:
    """Say that it is not known whether the refused request was carried out."""
    return UndecidedOperation(
        operation=writer.planned.key,
        kind=UndecidedReason.UNCLEAR_EFFECT,
        reason=f"{caller_phrase(caller)} is not admitted, and its {writer.mark.in_words} is in the answer to "
        f"{refused.seen[0].probe.operation} of a valid certificate: the request was carried out, or recorded "
        f"as refused ({doubt})",
        how_to_decide=HOW,
        remedy=Remedy.LEAVE_OUT,
    )
