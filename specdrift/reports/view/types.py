"""What the templates of the page receive. All text; nothing in it needs to be looked up or decided."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a colour says; beside it always stand a symbol and a word."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    NOTE = "note"
    UNKNOWN = "unknown"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    symbol: str
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """A stretch of running text."""

    text: str
    code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Words that lead to ``url``, or nowhere if it is empty."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    number: str
    text: str
    decides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Lines of the document; ``place`` is ``file:line:column``, ``promise`` says in words that demand."""

    place: str
    pointer: str
    lines: tuple[QuoteLine, ...]
    promise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Text of several lines that can be folded away."""

    label: str
    text: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One probe: who sent what, over which connection, and what came back; ``facts`` in that order."""

    role: str
    caller: str
    meaning: Badge
    request: str
    answer: str
    facts: tuple[Fact, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One fact of exchanges side by side: a value for each, or a single one that they share."""

    label: str
    values: tuple[str, ...]
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Exchanges side by side, as many as ``columns`` says. ``shared`` are the blocks that all of them have; without
    ``wired`` none has any other.
    """

    exchanges: tuple[Exchange, ...]
    lines: tuple[Line, ...]
    columns: int
    shared: tuple[Block, ...]
    wired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """Exchanges that are alike, and how often there were such ones."""

    sent: str
    over: str
    answer: str
    reading: str
    times: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One drift. ``method``, ``rule``, ``identity``, ``tags`` and ``change`` are what the filters look at."""

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
    message: tuple[Inline, ...]
    quote: Quote | None
    evidence: Comparison | None
    further: tuple[Further, ...]
    further_label: str
    reproduce: str
    fingerprint: str
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """How far one caller got: ``to`` is where on the line at height ``y``; its words stand at ``label``."""

    words: str
    ended: str
    tone: Tone
    symbol: str
    y: int
    label: int
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing of ``width`` by ``height`` units; ``stations`` are names with their places from left to right."""

    id: str
    stations: tuple[tuple[str, int], ...]
    lanes: tuple[Lane, ...]
    width: int
    height: int
    start: int
    end: int
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseView:
    """Drifts of one root cause. ``reach`` says where they are, ``callers`` who shows it; ``guess`` names the layer.
    ``stack`` is the recognised server and ``remedy`` what to change there. Of the cards, ``cards`` are shown and
    ``folded`` are not at once; ``rows`` are those for which the page has no room for a card.
    """

    id: str
    rule: str
    title: str
    severity: Badge
    count: str
    reach: str
    callers: str
    guess: str
    picture: Picture | None
    stack: str
    remedy: tuple[Inline, ...]
    why: tuple[Inline, ...]
    fix: tuple[Inline, ...]
    references: tuple[Link, ...]
    place: str
    cards: tuple[Card, ...]
    folded: tuple[Card, ...]
    folded_label: str
    rows: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A caller; ``index`` is its place in the result."""

    index: int
    name: str
    expects: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """``state`` is a style class, empty for the usual; ``card`` the id of its drift, or empty."""

    text: str
    state: str
    card: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """An operation; ``index`` is its place in the result. ``state`` is its verdict, empty for consistent."""

    id: str
    index: int
    method: str
    path: str
    tags: str
    verdict: Badge
    state: str
    demand: str
    seen: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixView:
    """``columns`` is empty where nobody was asked; ``size`` is a style class, short or long."""

    title: str
    columns: tuple[Column, ...]
    blocks: tuple[tuple[MatrixRow, ...], ...]
    size: str
    legend: tuple[Badge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that was not judged, and why."""

    subject: str
    reason: str
    remedy: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An endpoint that answers and is not in the document."""

    method: str
    path: str
    kind: Badge
    status: str
    admitted: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An identity. ``state`` says something about the validity of its certificate, or is empty."""

    id: str
    name: str
    kind: str
    expects: Badge
    about: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A suppression of the baseline, and the drifts of this run that it covers."""

    drift: str
    fingerprint: str
    reason: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    what: str
    rule: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTable:
    badge: Badge
    rows: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of an earlier result and of the baseline."""

    sentences: tuple[str, ...]
    tables: tuple[ChangeTable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of the bar over all operations; ``start`` and ``width`` are percent."""

    badge: Badge
    count: str
    start: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen in the filters."""

    rules: tuple[str, ...]
    methods: tuple[str, ...]
    tags: tuple[str, ...]
    identities: tuple[str, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a reader sees first. ``top`` are the worst causes, ``more`` says how many others there are."""

    badge: Badge
    sentence: str
    tallies: tuple[Badge, ...]
    changes: tuple[Badge, ...]
    segments: tuple[Segment, ...]
    effort: str
    top: tuple[CauseView, ...]
    more: str
    left_out: tuple[LeftOut, ...]
    left_out_more: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page; ``tab`` is the short title that a browser shows on its tab, and
    ``density`` a style class: few or many cards.
    """

    tab: str
    title: str
    document: str
    target: str
    when: str
    tool: str
    opening: Opening
    causes: tuple[CauseView, ...]
    changes: Changes | None
    matrix: MatrixView
    undecided: tuple[LeftOut, ...]
    skipped: tuple[LeftOut, ...]
    strangers: tuple[Stranger, ...]
    people: tuple[Person, ...]
    scope: tuple[Fact, ...]
    settings: tuple[Setting, ...]
    accepted: tuple[Accepted, ...]
    choices: Choices
    density: str
    drift_count: str
    operation_count: str
