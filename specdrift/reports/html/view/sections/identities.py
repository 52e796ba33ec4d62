"""The identities of the run: who called, with which certificate, and what each met."""

from collections.abc import Iterator
from datetime import datetime

from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import Expect
from specdrift.model.result.result import Result
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.matrix import Agreement, Cell, Matrix
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view import wording
from specdrift.reports.html.view.anchors import Anchors
from specdrift.reports.html.view.page_types import IdentityView
from specdrift.reports.html.view.sections.roles import outcomes_in_words
from specdrift.reports.html.view.sections.scope import moment
from specdrift.reports.html.view.text_types import Fact
from specdrift.result.printable import printable

TONES = (
    (Agreement.BROKEN, Tone.BAD),
    (Agreement.UNDECIDED, Tone.UNKNOWN),
    (Agreement.KEPT, Tone.GOOD),
)
SIGNS = {Tone.BAD: "✗", Tone.UNKNOWN: "?", Tone.GOOD: "✓", Tone.QUIET: "·"}


def identities(result: Result, matrix: Matrix, anchors: Anchors) -> tuple[IdentityView, ...]:
    """The identities, those that met something unexpected first, with the public facts of their certificates."""
    return tuple(
        _view(result, matrix, anchors.of_identity(result.identities[place].name), place)
        for place in (*matrix.shown, *matrix.folded)
    )


def _view(result: Result, matrix: Matrix, identifier: str, place: int) -> IdentityView:
    identity = result.identities[place]
    return IdentityView(
        id=identifier,
        name=printable(identity.name, limit=80),
        kind=_kind(identity),
        expects=wording.EXPECTS_ACCEPTED if identity.expect is Expect.ACCEPTED else wording.EXPECTS_REFUSED,
        outcomes=_outcomes([row[place] for row in matrix.rows.values()]),
        sentence=printable(identity.in_short) or _out_of_time(identity, result.started_at),
        grounds=printable(" ".join(identity.about.partition("\n\n")[2].split())),
        facts=tuple(_certificate(identity, result.started_at)),
        as_required=place not in matrix.shown,
    )


def _outcomes(cells: list[Cell]) -> Badge:
    """What an identity met, with the tone of the worst of it."""
    agreements = {cell.agreement for cell in cells}
    tone = next((tone for agreement, tone in TONES if agreement in agreements), Tone.QUIET)
    return Badge(symbol=SIGNS[tone], word=outcomes_in_words(cells), tone=tone)


def _kind(identity: ClientIdentity) -> str:
    if identity.profile in ("", identity.name):
        return identity.kind.value
    return f"{identity.kind.value}, profile {printable(identity.profile, limit=80)}"


def _certificate(identity: ClientIdentity, now: datetime) -> Iterator[Fact]:
    if identity.roles:
        yield Fact(
            label="Roles", value=", ".join(printable(role, limit=80) for role in sorted(identity.roles))
        )
    if identity.refused_after is not None:
        yield Fact(label="Refused", value=f"{identity.refused_after:g} s after its revocation")
    facts = identity.certificate
    if facts is None:
        return
    yield Fact(label="Subject", value=printable(facts.subject))
    yield Fact(label="Issuer", value=printable(facts.issuer))
    valid = f"{moment(facts.not_before)} to {moment(facts.not_after)}"
    yield Fact(label="Valid", value=f"{valid}{_validity(facts.not_before, facts.not_after, now)}")
    yield Fact(label="Serial", value=printable(facts.serial))
    yield Fact(label="SHA-256", value=printable(facts.sha256))


def _out_of_time(identity: ClientIdentity, now: datetime) -> str:
    """What anybody can see to be wrong with a certificate of the user's own."""
    facts = identity.certificate
    if facts is not None and now > facts.not_after:
        return f"Expired on {facts.not_after:%Y-%m-%d}."
    if facts is not None and now < facts.not_before:
        return f"Not valid before {facts.not_before:%Y-%m-%d}."
    return ""


def _validity(not_before: datetime, not_after: datetime, now: datetime) -> str:
    if now > not_after:
        return " (expired when the run started)"
    return " (not yet valid when the run started)" if now < not_before else ""
