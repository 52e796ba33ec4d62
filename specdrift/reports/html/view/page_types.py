"""The values of the page's templates. All are text; the templates decide nothing."""

from msgspec import Struct

from specdrift.reports.content.badges import Badge
from specdrift.reports.content.consequences import Consequence
from specdrift.reports.html.view.findings.cause_types import CauseView
from specdrift.reports.html.view.matrix_types import MatrixView
from specdrift.reports.html.view.text_types import Fact, Inline


class NotJudged(Struct, frozen=True, kw_only=True):
    """Something that was not judged, and why."""

    subject: str
    reason: str
    remedy: str
    link: str


class UndecidedEntry(Struct, frozen=True, kw_only=True):
    """Operations that are undecided for one reason, and what decides them."""

    reason: str
    remedy: str
    operations: tuple[NotJudged, ...]
    """Each with what is particular to it; one without a link for the whole run."""
    lines: str
    """Lines of configuration; empty if none help."""


class UndocumentedRow(Struct, frozen=True, kw_only=True):
    """An endpoint that answers and is not in the document."""

    method: str
    path: str
    kind: Badge
    status: str
    admitted: str
    source: str


class ThreeWayRowView(Struct, frozen=True, kw_only=True):
    """An operation or an undocumented route, in the words of document, gateway, source and runtime."""

    operation: str
    document: str
    gateway: str
    gateway_place: str
    source: str
    runtime: str
    place: str
    rules: tuple[str, ...]
    badge: Badge
    disagreeing: bool


class ThreeWayView(Struct, frozen=True, kw_only=True):
    """The comparison of document, gateway, source and runtime."""

    title: str
    has_gateway: bool
    has_source: bool
    disagreeing: tuple[ThreeWayRowView, ...]
    agreeing: tuple[ThreeWayRowView, ...]
    tls: tuple[tuple[str, str, str], ...]
    """Client certificate setting, description and location."""
    servers: tuple[tuple[str, str, str, str], ...]
    """Servers of the gateways: the gateway, the server, what it does about client certificates, and the location."""
    unresolved: tuple[tuple[str, str], ...]
    """What is not evaluated in gateways and source, and its location."""
    read: tuple[str, ...]
    """What was read: a sentence for each."""


class SideBySideRow(Struct, frozen=True, kw_only=True):
    """Callers of an operation who get the same at both targets."""

    operation: str
    callers: str
    here: str
    there: str
    badge: Badge


class TwoTargetsView(Struct, frozen=True, kw_only=True):
    """Two targets side by side."""

    title: str
    other: str
    """Base URL of the other one."""
    apart: tuple[SideBySideRow, ...]
    """Different or undecided."""
    alike: tuple[SideBySideRow, ...]


class RoleCell(Struct, frozen=True, kw_only=True):
    """A cell of the role matrix."""

    text: str
    state: str
    """A style class; empty if as promised."""


class RoleRow(Struct, frozen=True, kw_only=True):
    roles: str
    operations: str
    cells: tuple[RoleCell, ...]


class RoleMatrix(Struct, frozen=True, kw_only=True):
    """Identities by roles."""

    columns: tuple[tuple[str, str], ...]
    """Identities, each with its roles."""
    rows: tuple[RoleRow, ...]


class IdentityView(Struct, frozen=True, kw_only=True):
    """An identity."""

    id: str
    name: str
    kind: str
    expects: Badge
    outcomes: Badge
    """Its outcomes, counted."""
    sentence: str
    """The defect of its certificate."""
    grounds: str
    """Why that is a defect."""
    facts: tuple[Fact, ...]
    as_required: bool
    """All its outcomes are as required."""


class SettingRow(Struct, frozen=True, kw_only=True):
    name: str
    value: str
    origin: str


class AcceptedDrift(Struct, frozen=True, kw_only=True):
    """A suppression of the baseline, and the drifts of this run that it covers."""

    drift: str
    fingerprint: str
    reason: str
    owner: str
    expires: str


class ChangeRow(Struct, frozen=True, kw_only=True):
    what: str
    rule: str
    words: str


class ChangeTable(Struct, frozen=True, kw_only=True):
    badge: Badge
    rows: tuple[ChangeRow, ...]


class Changes(Struct, frozen=True, kw_only=True):
    """Changes since an earlier result, and effects of the baseline."""

    sentences: tuple[str, ...]
    tables: tuple[ChangeTable, ...]


class BarSegment(Struct, frozen=True, kw_only=True):
    """A part of a bar."""

    badge: Badge
    count: str
    start: str
    """In percent."""
    width: str
    """In percent."""


class PathBar(Struct, frozen=True, kw_only=True):
    """The operations of a path in the picture at the top."""

    name: str
    link: str
    segments: tuple[BarSegment, ...]


class CountView(Struct, frozen=True, kw_only=True):
    """A number at the top; a click shows what it counts."""

    badge: Badge
    filter: str
    """What the filters are set to: ``severity=error``; empty if nothing can be filtered by it."""
    link: str
    """Where it leads without scripts; empty for nowhere."""


class FirstFix(Struct, frozen=True, kw_only=True):
    """One of the worst causes: what is wrong, where, and what to do."""

    id: str
    severity: Badge
    title: str
    where: str
    place: str
    """File and line, without the folder."""
    fix: tuple[Inline, ...]


class FilterChoices(Struct, frozen=True, kw_only=True):
    """The choices of the filters."""

    severities: tuple[str, ...]
    rules: tuple[str, ...]
    methods: tuple[str, ...]
    tags: tuple[str, ...]
    identities: tuple[str, ...]
    changes: tuple[str, ...]
    owners: tuple[str, ...]


class Overview(Struct, frozen=True, kw_only=True):
    """The top of the page."""

    badge: Badge
    sentence: str
    meaning: tuple[Consequence, ...]
    tallies: tuple[CountView, ...]
    changes: tuple[CountView, ...]
    paths: tuple[PathBar, ...]
    paths_more: str
    effort: str
    top: tuple[FirstFix, ...]
    """The worst causes."""
    more: str
    """The number of other causes, in words."""
    left_out: tuple[NotJudged, ...]
    left_out_label: str
    warnings: tuple[str, ...]


class TraceRule(Struct, frozen=True, kw_only=True):
    """A rule that answers for a requirement."""

    rule: str
    badge: Badge
    reason: str
    link: str
    """The rule's cause in the report; empty without one."""


class TraceRow(Struct, frozen=True, kw_only=True):
    """A requirement of a standard."""

    id: str
    text: str
    coverage: str
    badge: Badge
    rules: tuple[TraceRule, ...]


class TraceView(Struct, frozen=True, kw_only=True):
    """A standard, requirement by requirement."""

    profile: str
    title: str
    sentence: str
    note: str
    rows: tuple[TraceRow, ...]
    fields: tuple[tuple[str, str, str], ...]
    """Identity, field of its certificate, values."""


class Page(Struct, frozen=True, kw_only=True):
    """The whole page."""

    tab: str
    """The short title on the browser's tab."""
    title: str
    document: str
    target: str
    when: str
    note: str
    """What must be known of this report; empty for nothing."""
    tool: str
    overview: Overview
    causes: tuple[CauseView, ...]
    changes: Changes | None
    matrix: MatrixView
    undecided: tuple[UndecidedEntry, ...]
    skipped: tuple[NotJudged, ...]
    undocumented: tuple[UndocumentedRow, ...]
    two_targets: TwoTargetsView | None
    three_way: ThreeWayView | None
    trace: TraceView | None
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
    """A style class: few or many cards."""
    drift_count: str
    no_drift: str
    """What an empty list of drifts means."""
    operation_count: str
