"""What the templates of the page receive. All text; nothing in it needs to be looked up or decided."""

from dataclasses import dataclass

from specdrift.reports.content.badges import Badge
from specdrift.reports.html.view.findings.cause_types import CauseView
from specdrift.reports.html.view.text_types import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityColumn:
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
    """``columns`` is empty if nothing was probed; ``size`` is a style class, short or long."""

    title: str
    columns: tuple[IdentityColumn, ...]
    blocks: tuple[tuple[MatrixRow, ...], ...]
    size: str
    legend: tuple[Badge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotJudged:
    """Something that was not judged, and why."""

    subject: str
    reason: str
    remedy: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndocumentedRow:
    """An endpoint that answers and is not in the document."""

    method: str
    path: str
    kind: Badge
    status: str
    admitted: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWayRowView:
    """An operation, or a route that the document does not have, in the words of all three."""

    operation: str
    document: str
    source: str
    runtime: str
    place: str
    rules: tuple[str, ...]
    badge: Badge
    loud: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWayView:
    """``tls`` has client certificates, what and where; ``unresolved`` has expressions and where; ``read`` says in a
    sentence what was read.
    """

    loud: tuple[ThreeWayRowView, ...]
    quiet: tuple[ThreeWayRowView, ...]
    tls: tuple[tuple[str, str, str], ...]
    unresolved: tuple[tuple[str, str], ...]
    read: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCell:
    """``state`` is a style class, empty for what is as promised."""

    text: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    roles: str
    operations: str
    cells: tuple[RoleCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleMatrix:
    """``columns`` are identities, each with its roles."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[RoleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityView:
    """An identity. ``sentence`` says what is wrong with its certificate and ``grounds`` why that is so; ``seen`` what
    it met, ``calm`` that nothing of it was other than promised.
    """

    id: str
    name: str
    kind: str
    expects: Badge
    outcomes: Badge
    sentence: str
    grounds: str
    facts: tuple[Fact, ...]
    as_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedDrift:
    """A suppression of the baseline, and the drifts of this run that it covers."""

    drift: str
    fingerprint: str
    reason: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    what: str
    rule: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTable:
    badge: Badge
    rows: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of an earlier result and of the baseline."""

    sentences: tuple[str, ...]
    tables: tuple[ChangeTable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSegment:
    """A part of the bar over all operations; ``start`` and ``width`` are percent."""

    badge: Badge
    count: str
    start: str
    width: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoices:
    """What can be chosen in the filters."""

    rules: tuple[str, ...]
    methods: tuple[str, ...]
    tags: tuple[str, ...]
    identities: tuple[str, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a reader sees first. ``top`` are the worst causes, ``more`` says how many others there are."""

    badge: Badge
    sentence: str
    tallies: tuple[Badge, ...]
    changes: tuple[Badge, ...]
    segments: tuple[BarSegment, ...]
    effort: str
    top: tuple[CauseView, ...]
    more: str
    left_out: tuple[NotJudged, ...]
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
    overview: Overview
    causes: tuple[CauseView, ...]
    changes: Changes | None
    matrix: MatrixView
    undecided: tuple[NotJudged, ...]
    skipped: tuple[NotJudged, ...]
    undocumented: tuple[UndocumentedRow, ...]
    three_way: ThreeWayView | None
    roles: RoleMatrix | None
    identities: tuple[IdentityView, ...]
    expected_identities: tuple[IdentityView, ...]
    expected_label: str
    scope: tuple[Fact, ...]
    command: str
    settings: tuple[SettingRow, ...]
    accepted: tuple[AcceptedDrift, ...]
    choices: FilterChoices
    density: str
    drift_count: str
    no_drift: str
    """Where there is none: what that means."""
    operation_count: str
