"""The values of the matrix's template. All are text; the template decides nothing."""

from msgspec import Struct

from specdrift.reports.content.badges import Badge


class IdentityColumn(Struct, frozen=True, kw_only=True):
    """A caller."""

    index: int
    """Its index in the result."""
    name: str
    expects: str
    about: str


class MatrixCell(Struct, frozen=True, kw_only=True):
    """A cell of the matrix."""

    text: str
    state: str
    """A style class; empty for the usual."""
    card: str
    """Id of its drift, or empty."""


class RowFinding(Struct, frozen=True, kw_only=True):
    """A link to a drift beside the cells."""

    card: str
    """Id of the first such drift."""
    words: str
    """The rule, and how many drifts of it there are."""
    severity: Badge


class MatrixRow(Struct, frozen=True, kw_only=True):
    """An operation."""

    id: str
    index: int
    """Its index in the result."""
    method: str
    path: str
    tags: str
    verdict: Badge
    state: str
    """Its verdict; empty for consistent."""
    demand: str
    enforcement: str
    basis: str
    """What a refusal by the application rests on; empty for all others."""
    findings: tuple[RowFinding, ...]
    """Findings that no cell shows, one for each rule."""
    cells: tuple[MatrixCell, ...]


class MatrixBlock(Struct, frozen=True, kw_only=True):
    """Rows that belong together: the operations of a path, or some of them."""

    id: str
    """Empty if it has no row of its own above it."""
    name: str
    counts: tuple[Badge, ...]
    """Operations of each verdict."""
    rows: tuple[MatrixRow, ...]


class MatrixView(Struct, frozen=True, kw_only=True):
    """The matrix."""

    title: str
    columns: tuple[IdentityColumn, ...]
    """Empty if nothing was probed."""
    blocks: tuple[MatrixBlock, ...]
    size: str
    """A style class: short or long."""
    fixed: int
    """Columns before the callers."""
    first: int
    """Columns of callers to show at first: the others are as required everywhere."""
    more: str
    """What a button for the others says; empty if there are none."""
    with_findings: bool
    """Whether any row has findings beside its cells."""
    width: int
    """All columns."""
    legend: tuple[Badge, ...]
