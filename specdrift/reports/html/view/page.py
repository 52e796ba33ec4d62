"""Result to page: puts the parts of the view together."""

from collections.abc import Callable, Iterable, Mapping

from specdrift.model.contract.operation import OperationKey
from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.reports.content import headline, summary
from specdrift.reports.content.matrix import Matrix
from specdrift.reports.content.path_groups import path_groups
from specdrift.reports.html.view.anchors import Anchors
from specdrift.reports.html.view.findings.cards import CardBuilder
from specdrift.reports.html.view.findings.cause_types import CauseView
from specdrift.reports.html.view.findings.cause_views import CauseViews
from specdrift.reports.html.view.matrix_types import MatrixRow, MatrixView
from specdrift.reports.html.view.page_types import FilterChoices, Page
from specdrift.reports.html.view.sections import (
    identities,
    matrix,
    not_judged,
    scope,
    three_way,
    traceability,
    two_targets,
)
from specdrift.reports.html.view.sections.command_line import command
from specdrift.reports.html.view.sections.comparison import changes
from specdrift.reports.html.view.sections.overview import overview
from specdrift.reports.html.view.sections.roles import role_matrix
from specdrift.result.printable import printable

TAB = 40
"""Characters of the document's title that a browser's tab shows."""
MANY = 20
"""With more cards, a browser need not draw those that are far away."""


def page(result: Result, owners: Callable[[str], tuple[str, ...]], *, note: str = "") -> Page:
    """Everything that the templates show. ``owners`` of a file of the document or the source; ``note`` on the page."""
    anchors = Anchors()
    cards = CardBuilder(result, anchors, owners)
    causes = CauseViews(result, anchors, cards).views()
    cells = Matrix(result)
    table = matrix.view(result, cells, anchors, cards.ids)
    everyone = identities.identities(result, cells, anchors)
    rows = {result.operations[row.index].operation.key: row.id for row in _rows(table)}
    undecided, skipped = not_judged.undecided(result, rows), not_judged.skipped(result, rows)
    return Page(
        tab=printable(result.document.title)[:TAB] or "specdrift",
        title=printable(result.document.title, limit=200) or "Untitled API",
        document=printable(result.document.source, limit=300),
        target=printable(result.target.base_url, limit=300),
        when=scope.moment(result.started_at),
        note=printable(note, limit=1000),
        tool=f"specdrift {printable(result.tool_version, limit=40)}",
        overview=overview(result, causes, (*undecided, *skipped), _path_links(result, rows)),
        causes=causes,
        changes=changes(result),
        matrix=table,
        undecided=not_judged.undecided_entries(result, rows),
        skipped=skipped,
        undocumented=not_judged.undocumented(result),
        two_targets=two_targets.view(result),
        three_way=three_way.view(result),
        trace=traceability.view(result, causes),
        roles=role_matrix(result, cells),
        identities=tuple(one for one in everyone if not one.as_required),
        expected_identities=tuple(one for one in everyone if one.as_required),
        expected_label=_expected_label(cells),
        scope=scope.scope(result),
        command=command(result),
        settings=scope.settings(result),
        accepted=not_judged.accepted(result),
        choices=_choices(causes, table, result),
        density="many" if sum(len(cause.cards) + len(cause.folded) for cause in causes) > MANY else "few",
        drift_count=plural(len(summary.active(result)), "drift"),
        no_drift=headline.no_drift(result),
        operation_count=plural(len(result.operations), "operation"),
    )


def _expected_label(cells: Matrix) -> str:
    """What stands folded away, and what each sort of it is."""
    sorts = (
        (cells.as_required, "with outcomes as required"),
        (cells.inconclusive, "with inconclusive refusals (their control is not admitted either)"),
        (cells.unclear, "with neither the data nor a refusal, such as a server error"),
        (cells.not_probed, "not probed on any operation"),
    )
    return ", ".join(
        f"{plural(len(places), 'generated certificate')} {words}" for places, words in sorts if places
    )


def _rows(table: MatrixView) -> Iterable[MatrixRow]:
    return (row for block in table.blocks for row in block.rows)


def _path_links(result: Result, rows: Mapping[OperationKey, str]) -> Mapping[str, str]:
    """The first row of each path."""
    return {group.name: rows[group.operations[0].operation.key] for group in path_groups(result)}


def _choices(causes: tuple[CauseView, ...], table: MatrixView, result: Result) -> FilterChoices:
    cards = [card for cause in causes for card in (*cause.cards, *cause.folded, *cause.rows)]
    tags = {printable(tag, limit=100) for item in result.operations for tag in item.operation.tags}
    return FilterChoices(
        severities=tuple(dict.fromkeys(drift.severity.value for drift in summary.active(result))),
        rules=tuple(dict.fromkeys(cause.rule for cause in causes)),
        methods=tuple(sorted({row.method for row in _rows(table)})),
        tags=tuple(sorted(tags)),
        identities=tuple(column.name for column in table.columns),
        changes=("new", "unchanged") if result.previous else (),
        owners=tuple(sorted({owner for card in cards for owner in card.owners.split("\n") if owner})),
    )
