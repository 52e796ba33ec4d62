"""Who called, what was checked with which settings, and when: enough to run it again from the page alone."""

from collections.abc import Iterator
from datetime import datetime

from specdrift.model.exchange.identity import Identity
from specdrift.model.policy import Expect
from specdrift.model.result.result import Result
from specdrift.reports.content.cells import Agreement, Cell, Matrix
from specdrift.reports.content.summary import EXIT_STATUS
from specdrift.reports.html.view import words
from specdrift.reports.html.view.anchors import Anchors
from specdrift.reports.html.view.sections.roles import seen
from specdrift.reports.html.view.types import Person, Setting
from specdrift.reports.html.view.word_types import Badge, Fact, Tone
from specdrift.result.printable import printable

TONES = (
    (Agreement.BROKEN, Tone.BAD),
    (Agreement.UNDECIDED, Tone.UNKNOWN),
    (Agreement.KEPT, Tone.GOOD),
)
SIGNS = {Tone.BAD: "✗", Tone.UNKNOWN: "?", Tone.GOOD: "✓", Tone.QUIET: "·"}


def people(result: Result, matrix: Matrix, anchors: Anchors) -> tuple[Person, ...]:
    """The identities, those that met something unexpected first, with the public facts of their certificates."""
    return tuple(
        _person(result, matrix, anchors.of_identity(result.identities[place].name), place)
        for place in (*matrix.told, *matrix.quiet, *matrix.unasked)
    )


def _person(result: Result, matrix: Matrix, identifier: str, place: int) -> Person:
    identity = result.identities[place]
    return Person(
        id=identifier,
        name=printable(identity.name, limit=80),
        kind=_kind(identity),
        expects=words.EXPECTS_ACCEPTED if identity.expect is Expect.ACCEPTED else words.EXPECTS_REFUSED,
        seen=_seen([row[place] for row in matrix.rows.values()]),
        sentence=printable(identity.in_short) or _out_of_time(identity, result.started_at),
        grounds=printable(" ".join(identity.about.partition("\n\n")[2].split())),
        facts=tuple(_certificate(identity, result.started_at)),
        calm=place not in matrix.told,
    )


def _seen(cells: list[Cell]) -> Badge:
    """What an identity met, with the tone of the worst of it."""
    agreements = {cell.agreement for cell in cells}
    tone = next((tone for agreement, tone in TONES if agreement in agreements), Tone.QUIET)
    return Badge(symbol=SIGNS[tone], word=seen(cells), tone=tone)


def _kind(identity: Identity) -> str:
    if identity.profile in ("", identity.name):
        return identity.kind.value
    return f"{identity.kind.value}, profile {printable(identity.profile, limit=80)}"


def _certificate(identity: Identity, now: datetime) -> Iterator[Fact]:
    if identity.roles:
        yield Fact(
            label="Roles", value=", ".join(printable(role, limit=80) for role in sorted(identity.roles))
        )
    facts = identity.certificate
    if facts is None:
        return
    yield Fact(label="Subject", value=printable(facts.subject))
    yield Fact(label="Issuer", value=printable(facts.issuer))
    valid = f"{moment(facts.not_before)} to {moment(facts.not_after)}"
    yield Fact(label="Valid", value=f"{valid}{_validity(facts.not_before, facts.not_after, now)}")
    yield Fact(label="Serial", value=printable(facts.serial))
    yield Fact(label="SHA-256", value=printable(facts.sha256))


def _out_of_time(identity: Identity, now: datetime) -> str:
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


def moment(when: datetime) -> str:
    """A time for people: ``2026-03-14 09:26:53 UTC``."""
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def scope(result: Result) -> tuple[Fact, ...]:
    """Document, target and run, in the order in which a reader asks for them."""
    return tuple(fact for fact in (*_document(result), *_target(result), *_run(result)) if fact.value)


def _document(result: Result) -> Iterator[Fact]:
    document = result.document
    yield Fact(label="Document", value=printable(document.source))
    yield Fact(label="Title", value=printable(document.title))
    yield Fact(label="OpenAPI", value=printable(document.openapi, limit=40))
    yield Fact(label="SHA-256 of the document", value=printable(document.sha256, limit=80))


def _target(result: Result) -> Iterator[Fact]:
    target = result.target
    yield Fact(label="Base URL", value=printable(target.base_url))
    yield Fact(label="Addresses", value=", ".join(map(printable, target.addresses)))
    yield Fact(label="Further listeners", value=", ".join(map(printable, target.listeners)))
    yield Fact(label="TLS versions spoken", value=", ".join(map(printable, target.tls_versions)))
    verified = "not verified (insecure)" if target.insecure else "verified"
    yield Fact(label="The server's own certificate", value=verified if target.base_url else "")


def _run(result: Result) -> Iterator[Fact]:
    counts = result.counts
    seconds = (result.finished_at - result.started_at).total_seconds()
    yield Fact(label="Started", value=moment(result.started_at))
    yield Fact(label="Finished", value=f"{moment(result.finished_at)}, after {seconds:,.1f} s")
    yield Fact(label="Run", value=printable(result.run_id, limit=100))
    yield Fact(label="Tool", value=f"specdrift {printable(result.tool_version, limit=40)}")
    meaning = EXIT_STATUS.get(result.exit_status, "")
    yield Fact(label="Exit status", value=f"{result.exit_status}: {meaning}".removesuffix(": "))
    yield Fact(label="Sent", value=f"{counts.requests:,} requests on {counts.connections:,} connections")
    yield Fact(label="Answers probed", value=f"{counts.probed:,} (operation by identity)")
    listener = f"{counts.by_listener:,}, because the handshake was refused before any HTTP"
    yield Fact(label="Answers decided by the listener", value=listener if counts.by_listener else "none")


def settings(result: Result) -> tuple[Setting, ...]:
    """The effective settings, and what set them."""
    return tuple(
        Setting(
            name=printable(key, limit=200),
            value=printable(value),
            origin=printable(result.origins.get(key, "default"), limit=300),
        )
        for key, value in sorted(result.config.items())
    )
