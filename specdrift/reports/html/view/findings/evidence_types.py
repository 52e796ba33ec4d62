"""What the templates receive of a drift: its card, with the quote and the exchanges behind it."""

from dataclasses import dataclass

from specdrift.reports.content.badges import Badge
from specdrift.reports.html.view.text_types import Fact, Inline


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    number: str
    text: str
    decides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentQuote:
    """Lines of the document or of the source: ``who`` says which. ``place`` is ``file:line:column``; ``promise`` is in
    words what is demanded.
    """

    who: str
    place: str
    pointer: str
    lines: tuple[QuoteLine, ...]
    promise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedText:
    """Text of several lines that can be folded away."""

    label: str
    text: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeView:
    """One probe: who sent what, over which connection, and what came back; ``facts`` in that order."""

    role: str
    caller: str
    meaning: Badge
    request: str
    answer: str
    facts: tuple[Fact, ...]
    headers: tuple[Fact, ...]
    """Header fields of the request."""
    blocks: tuple[FoldedText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a value."""

    text: str
    differs: bool
    """Whether the other exchange has something else in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedFact:
    """One fact of exchanges side by side: a value for each, or a single one that they share."""

    label: str
    style: str
    """A style class."""
    values: tuple[tuple[Stretch, ...], ...]
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedExchanges:
    """Exchanges side by side, as many as ``columns`` says. ``shared`` are the blocks that all of them have; without
    ``wired`` none has any other.
    """

    exchanges: tuple[ExchangeView, ...]
    lines: tuple[ComparedFact, ...]
    columns: int
    shared: tuple[FoldedText, ...]
    wired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarExchanges:
    """Exchanges that are alike, and how often there were such ones."""

    sent: str
    over: str
    answer: str
    reading: str
    times: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One drift. Filters look at ``method``, ``rule``, ``identity``, ``tags``, ``owners`` and ``change``."""

    id: str
    severity: Badge
    confidence: str
    status: Badge | None
    change: str
    rule: str
    title: str
    subject: str
    place: str
    method: str
    identity: str
    tags: str
    owners: str
    """As ``tags``: one on each line."""
    message: tuple[Inline, ...]
    quote: DocumentQuote | None
    evidence: ComparedExchanges | None
    further: tuple[SimilarExchanges, ...]
    further_label: str
    basis: str
    """What it rests on, in one line."""
    reproduce: str
    fingerprint: str
    markdown: str
