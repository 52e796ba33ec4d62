"""Says in plain words what the drifts of a run mean for clients, for readers who do not know mutual TLS. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto

from msgspec import Struct

from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.plural import plural, with_verb
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import headline, stopped, summary
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.tone import Tone
from specdrift.rules import rule_of
from specdrift.rules.rule import Fault, Prober, Rule

NAMES = 4
"""So many places are named."""


class ClientEffect(Enum):
    """What a drift means for clients. Of the open ones, a place has the first that it has."""

    OPEN = auto()
    """The plain request is admitted without a certificate."""
    UNREQUESTED = auto()
    """No certificate is requested, so that none can decide."""
    REACHABLE = auto()
    """Something else than the plain request is admitted."""
    DISCLOSING = auto()
    """The request is refused, and has its effect all the same."""
    CLOSED = auto()
    BESIDE = auto()
    """An endpoint outside the document that gives nothing away."""
    WEAK = auto()
    WRITTEN = auto()


class Consequence(Struct, frozen=True, kw_only=True):
    """What some drifts mean."""

    badge: Badge
    """Its word is the short form: ``open``."""
    places: str
    """Where: ``GET /a, GET /b and 2 more``; may be empty."""
    text: str


SHOWN: Mapping[ClientEffect, tuple[str, Tone, str, str]] = {
    ClientEffect.OPEN: (
        "✗",
        Tone.BAD,
        "Open",
        "no certificate, the proof of who a client is: any client that reaches the server is admitted.",
    ),
    ClientEffect.UNREQUESTED: (
        "✗",
        Tone.BAD,
        "Open",
        "no client certificate in any handshake, so that none can decide.",
    ),
    ClientEffect.REACHABLE: (
        "✗",
        Tone.BAD,
        "Open",
        (
            "a certificate, and can be reached otherwise: with an altered request, on another connection, with a wrong "
            "certificate, or with a part of the credentials."
        ),
    ),
    ClientEffect.DISCLOSING: (
        "✗",
        Tone.BAD,
        "Open",
        "clients, who get data or change them all the same.",
    ),
    ClientEffect.CLOSED: (
        "!",
        Tone.WARN,
        "Closed",
        "Clients are refused that the document admits. They cannot use the API as documented.",
    ),
    ClientEffect.BESIDE: (
        "i",
        Tone.NOTE,
        "Undocumented",
        (
            "The document does not have what answers here: to holders of a certificate, or with information about the "
            "server alone."
        ),
    ),
    ClientEffect.WEAK: (
        "i",
        Tone.NOTE,
        "Weak",
        "The certificate decides as declared; something beside it is weaker than the document says.",
    ),
    ClientEffect.WRITTEN: (
        "!",
        Tone.WARN,
        "In the files",
        "The document, the source or the configuration is wrong by itself; no request showed this.",
    ),
}
"""Symbol, colour, word and sentence of each effect."""
ADMITTING: Mapping[ClientEffect, tuple[str, str]] = {
    ClientEffect.OPEN: ("needs", "need"),
    ClientEffect.UNREQUESTED: ("requests", "request"),
    ClientEffect.REACHABLE: ("requires", "require"),
    ClientEffect.DISCLOSING: ("refuses", "refuse"),
}
"""What admits clients, with the verb between the number of places and the sentence. A place counts for the first."""
UNKNOWN = Badge(symbol="?", word="Unknown", tone=Tone.UNKNOWN)
AS_DECLARED = Badge(symbol="✓", word="As declared", tone=Tone.GOOD)


def consequences(result: Result) -> tuple[Consequence, ...]:
    """Return what the run means, the worst first."""
    return tuple(_consequences(result))


def _consequences(result: Result) -> Iterator[Consequence]:
    by_effect = _by_effect(result)
    for effect, (symbol, tone, word, text) in SHOWN.items():
        if places := by_effect.get(effect):
            badge = Badge(symbol=symbol, word=word, tone=tone)
            yield Consequence(
                badge=badge, places=_listed(list(places)), text=_counted(effect, len(places)) + text
            )
    undecided = summary.with_verdict(result, Verdict.UNDECIDED)
    if undecided and not result.nothing_sent:
        count = plural(undecided, "operation")
        text = (
            "It is not known whether the server enforces what the document declares there: that is no pass."
        )
        yield Consequence(badge=UNKNOWN, places=count, text=text)
    whole = not (by_effect or undecided or result.nothing_sent or result.problem or stopped.why(result))
    if whole and headline.standing(result) is headline.Standing.CONSISTENT:
        text = (
            "A client certificate is the proof of who a client is. Where the document requires one, clients without a "
            "valid one were refused, and clients with one were admitted."
        )
        yield Consequence(badge=AS_DECLARED, places="", text=text)


def _counted(effect: ClientEffect, count: int) -> str:
    """Return ``2 places need `` before the sentence of an effect that admits clients."""
    verbs = ADMITTING.get(effect)
    return f"{with_verb(count, 'place', *verbs)} " if verbs else ""


def _by_effect(result: Result) -> Mapping[ClientEffect, Mapping[str, None]]:
    """Return the places of each effect, worst first."""
    subjects = summary.Subjects(result)
    found: dict[ClientEffect, dict[str, None]] = {}
    for drift in summary.active(result):
        found.setdefault(_effect(drift), {})[subjects.of(drift)] = None
    open_already: set[str] = set()
    for effect in ADMITTING:
        found[effect] = {place: None for place in found.get(effect, {}) if place not in open_already}
        open_already.update(found[effect])
    return {effect: places for effect, places in found.items() if places}


def _effect(drift: Drift) -> ClientEffect:
    """Return what a drift means: by its rule, and by who is admitted."""
    rule = rule_of(drift.rule)
    if not drift.probes:
        return ClientEffect.WRITTEN
    if rule.fault is Fault.TOO_STRICT:
        return ClientEffect.CLOSED
    anonymous = drift.identity == ANONYMOUS.name
    if rule.beside_document:
        serves = anonymous and drift.severity is not Severity.NOTE
        return ClientEffect.OPEN if serves else ClientEffect.BESIDE
    if rule.fault is Fault.TOO_LAX and anonymous:
        return ClientEffect.OPEN
    if drift.severity is not Severity.ERROR:
        return ClientEffect.WEAK
    return _way(rule)


def _way(rule: Rule) -> ClientEffect:
    """Return how an error admits clients, other than by the plain request without a certificate."""
    if rule.prober is Prober.HANDSHAKE:
        return ClientEffect.UNREQUESTED
    return ClientEffect.DISCLOSING if rule.despite_refusal else ClientEffect.REACHABLE


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more
