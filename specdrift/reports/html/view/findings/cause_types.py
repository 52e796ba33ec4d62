"""What the templates receive of a root cause: how far it reaches, the drawing, the fixes, and its cards."""

from msgspec import Struct

from specdrift.reports.content.badges import Badge
from specdrift.reports.content.tone import Tone
from specdrift.reports.html.view.findings.evidence_types import Card
from specdrift.reports.html.view.text_types import Inline, Link


class RequestLane(Struct, frozen=True, kw_only=True):
    """How far one caller got: ``to`` is where on the line at height ``y``; its words stand at ``label``."""

    words: str
    ended: str
    tone: Tone
    symbol: str
    y: int
    label: int
    to: int


class RequestPath(Struct, frozen=True, kw_only=True):
    """A drawing of ``width`` by ``height`` units; ``stations`` are names with their places from left to right."""

    id: str
    stations: tuple[tuple[str, int], ...]
    lanes: tuple[RequestLane, ...]
    width: int
    height: int
    start: int
    end: int
    description: str


class StackFix(Struct, frozen=True, kw_only=True):
    """What to change on one stack, with a part of its configuration or code; ``said`` is how it was recognised."""

    stack: str
    detected_from: str
    text: tuple[Inline, ...]
    snippet: str


class CauseView(Struct, frozen=True, kw_only=True):
    """Drifts of one root cause. ``reach`` says where they are, ``callers`` who shows it; ``guess`` names the layer.
    ``remedy`` is for the recognised stack, ``remedies`` for all where none was recognised. Of the cards, ``cards`` are
    shown and
    ``folded`` are not at once; ``rows`` are those for which the page has no room for a card.
    """

    id: str
    rule: str
    title: str
    severity: Badge
    count: str
    extent: str
    where: str
    """The same in short, for the top of the page."""
    callers: str
    suspected_layer: str
    request_path: RequestPath | None
    remedy: StackFix | None
    remedies: tuple[StackFix, ...]
    why: tuple[Inline, ...]
    fix: tuple[Inline, ...]
    references: tuple[Link, ...]
    place: str
    cards: tuple[Card, ...]
    folded: tuple[Card, ...]
    folded_label: str
    rows: tuple[Card, ...]
    rows_label: str
    on_paper: str
    """What stands on paper for all cards after the first; empty without any."""
