"""Says in plain words what the drifts of a run mean for clients, for readers who do not know mutual TLS. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import headline, stopped, summary
from specdrift.reports.content.badges import Badge
from specdrift.reports.content.tone import Tone
from specdrift.rules import rule_of
from specdrift.rules.rule import Fault

NAMES = 4
"""So many places are named."""


class ClientEffect(Enum):
    """What a drift means for clients."""

    OPEN = auto()
    CLOSED = auto()
    WEAK = auto()
    WRITTEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
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
        "Clients are admitted without the right client certificate, which proves who they are.",
    ),
    ClientEffect.CLOSED: (
        "!",
        Tone.WARN,
        "Closed",
        "Clients are refused that the document admits. They cannot use the API as documented.",
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
ANYBODY = " No certificate is needed at all: any client that reaches the server is admitted."
UNKNOWN = Badge(symbol="?", word="Unknown", tone=Tone.UNKNOWN)
AS_DECLARED = Badge(symbol="✓", word="As declared", tone=Tone.GOOD)


def consequences(result: Result) -> tuple[Consequence, ...]:
    """Return what the run means, the worst first."""
    return tuple(_consequences(result))


def _consequences(result: Result) -> Iterator[Consequence]:
    subjects = summary.Subjects(result)
    by_effect: dict[ClientEffect, list[Drift]] = {}
    for drift in summary.active(result):
        by_effect.setdefault(_effect(drift), []).append(drift)
    for effect, (symbol, tone, word, text) in SHOWN.items():
        if drifts := by_effect.get(effect):
            anybody = effect is ClientEffect.OPEN and any(each.identity == ANONYMOUS.name for each in drifts)
            yield Consequence(
                badge=Badge(symbol=symbol, word=word, tone=tone),
                places=_listed(map(subjects.of, drifts)),
                text=text + (ANYBODY if anybody else ""),
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


def _effect(drift: Drift) -> ClientEffect:
    if not drift.probes:
        return ClientEffect.WRITTEN
    if rule_of(drift.rule).fault is Fault.TOO_STRICT:
        return ClientEffect.CLOSED
    return ClientEffect.OPEN if drift.severity is Severity.ERROR else ClientEffect.WEAK


def _listed(subjects: Iterable[str]) -> str:
    names = list(dict.fromkeys(subjects))
    more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more
