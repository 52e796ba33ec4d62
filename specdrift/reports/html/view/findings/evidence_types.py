"""What the templates receive of a drift: its card, with the quote and the exchanges behind it."""

from msgspec import Struct

from specdrift.reports.content.badges import Badge
from specdrift.reports.html.view.text_types import Fact, Inline


class QuoteLine(Struct, frozen=True, kw_only=True):
    number: str
    text: str
    decides: bool


class DocumentQuote(Struct, frozen=True, kw_only=True):
    """Lines of the document or of the source: ``who`` says which. ``place`` is ``file:line:column``; ``promise`` is in
    words what is demanded.
    """

    who: str
    place: str
    pointer: str
    lines: tuple[QuoteLine, ...]
    promise: str


class FoldedText(Struct, frozen=True, kw_only=True):
    """Text of several lines that can be folded away."""

    label: str
    text: str
    open: bool


class ExchangeView(Struct, frozen=True, kw_only=True):
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


class Stretch(Struct, frozen=True, kw_only=True):
    """A part of a value."""

    text: str
    differs: bool
    """Whether the other exchange has something else in its place."""


class ComparedFact(Struct, frozen=True, kw_only=True):
    """One fact of exchanges side by side: a value for each, or a single one that they share."""

    label: str
    style: str
    """A style class."""
    values: tuple[tuple[Stretch, ...], ...]
    shared: bool


class ComparedExchanges(Struct, frozen=True, kw_only=True):
    """Exchanges side by side, as many as ``columns`` says. ``shared`` are the blocks that all of them have; without
    ``wired`` none has any other.
    """

    exchanges: tuple[ExchangeView, ...]
    lines: tuple[ComparedFact, ...]
    columns: int
    shared: tuple[FoldedText, ...]
    wired: bool


class SimilarExchanges(Struct, frozen=True, kw_only=True):
    """Exchanges that are alike, and how often there were such ones."""

    sent: str
    over: str
    answer: str
    reading: str
    times: str


class Card(Struct, frozen=True, kw_only=True):
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
