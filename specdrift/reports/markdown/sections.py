"""Undecided operations, accepted drifts, and a table of the operations concerned."""

from collections.abc import Iterable, Iterator

from specdrift.model.plural import plural, with_verb
from specdrift.model.result.result import OperationResult, Result, Suppression
from specdrift.model.result.two_targets import TargetAgreement
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import comparison, sentences, summary
from specdrift.reports.content.badges import TARGET_AGREEMENT, TRACE, VERDICT
from specdrift.reports.content.evidence import refused_like
from specdrift.reports.content.matrix import Cell, Matrix
from specdrift.reports.content.undecided import UndecidedGroup, groups
from specdrift.reports.markdown.commonmark import cell, fence, prose, row
from specdrift.reports.markdown.limited_text import LimitedText
from specdrift.result.printable import printable

NAMES = 5
LINES, LONGEST_LINE = 60, 4000
"""Lines of configuration, and characters of each."""
COLUMNS = 8
"""Maximum number of identities in the table."""


def write(sheet: LimitedText, result: Result) -> None:
    """Write the sections."""
    _undecided(sheet, result)
    _operations(sheet, result)
    _consistent(sheet, result)
    sheet.add(" ".join(_words(sentence) for sentence in sentences.revocations(result)))
    _fixed(sheet, result)
    _undocumented(sheet, result)
    _skipped(sheet, result)
    _accepted(sheet, result)
    _traced(sheet, result)


def two_targets(sheet: LimitedText, result: Result) -> None:
    """Write what is not decided alike at both targets; the other operations are counted."""
    if result.beside is None:
        return
    rows = [
        row(
            (
                f"{TARGET_AGREEMENT[one.agreement].symbol} {TARGET_AGREEMENT[one.agreement].word}",
                cell(str(operation.operation), limit=200),
                _words(one.callers),
                one.here,
                one.there,
            )
        )
        for operation in result.beside.operations
        for one in comparison.side_by_side(operation)
        if one.agreement is not TargetAgreement.ALIKE
    ]
    columns = ("", "operation", "callers", "here", cell(result.beside.base_url, limit=200))
    if rows:
        _table(sheet, comparison.SIDE_BY_SIDE, columns, rows, noun="comparison")
    alike = sum(operation.agreement is TargetAgreement.ALIKE for operation in result.beside.operations)
    badge = TARGET_AGREEMENT[TargetAgreement.ALIKE]
    sheet.add(f"{badge.symbol} {plural(alike, 'operation')} decided alike at both targets." if alike else "")


def _traced(sheet: LimitedText, result: Result) -> None:
    """Write the requirements of a standard."""
    if result.traceability is None:
        return
    rows = (
        row(
            (
                _words(one.id or one.text),
                f"{TRACE[one.status].symbol} {TRACE[one.status].word}",
                "; ".join(_words(sentences.of_rule(rule)) for rule in one.rules) or _words(one.how),
            )
        )
        for one in result.traceability.requirements
    )
    columns = ("requirement", "this run", "rules")
    _table(sheet, f"Requirements of {_words(result.traceability.profile)}", columns, rows, noun="requirement")


def _table(sheet: LimitedText, title: str, columns: Iterable[str], rows: Iterable[str], *, noun: str) -> None:
    names = tuple(columns)
    heading = "\n".join((f"### {title}", "", row(names), row("---" for _ in names)))
    sheet.add_lines(heading, rows, noun=noun)


def _words(text: str) -> str:
    """Return running text for a cell."""
    return prose(text, limit=800, code=cell)


def _undecided(sheet: LimitedText, result: Result) -> None:
    """Write the reasons, then the lines of configuration that decide them, to be copied at once."""
    found = groups(result)
    rows = (row((cell(_names(group)), _words(group.reason), _words(group.how_to_decide))) for group in found)
    _table(
        sheet,
        "? Undecided",
        ("what", "reason", "how to decide it"),
        rows,
        noun="undecided reason",
    )
    lines = [line for group in found for line in group.toml][:LINES]
    if lines:
        sheet.add(fence("\n".join(printable(line, limit=LONGEST_LINE) for line in lines), "toml"))


def _names(group: UndecidedGroup) -> str:
    shown = [str(key) for key in group.operations[:NAMES]] or [sentences.named(None)]
    more = len(group.operations) - NAMES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _operations(sheet: LimitedText, result: Result) -> None:
    """Return the matrix of operations that are not as promised; the others are counted."""
    differing = [
        item for item in summary.operations_in_order(result) if item.verdict is not Verdict.CONSISTENT
    ]
    if result.nothing_sent or not differing or not result.identities:
        return
    matrix = Matrix(result)
    places = matrix.shown[:COLUMNS]
    names = [cell(result.identities[place].name, limit=40) for place in places]
    rows = (
        _operation(item, [matrix.rows[item.operation.key][place] for place in places]) for item in differing
    )
    title = "Operations with drift or undecided"
    _table(sheet, title, ("", "operation", "certificate", *names), rows, noun="operation")
    kept = len(result.operations) - len(differing)
    hidden = len(matrix.shown) - len(places)
    notes = (
        f"✓ {kept:,} consistent." if kept else "",
        f"{with_verb(hidden, 'more caller', 'is', 'are')} not shown." if hidden else "",
    )
    sheet.add(" ".join(filter(None, notes)))


def _consistent(sheet: LimitedText, result: Result) -> None:
    """Write what the consistent operations rest on, together those that refuse alike."""
    entries = [
        (refused_like(item, with_attempts=False), str(item.operation.key))
        for item in summary.operations_in_order(result)
    ]
    gathered = summary.gathered([entry for entry in entries if entry[0]], names=NAMES)
    rows = (row((cell(names), _words(why))) for why, names in gathered.items())
    _table(sheet, "✓ Consistent", ("what", "without a valid certificate"), rows, noun="kind of refusal")


def _operation(item: OperationResult, cells: Iterable[Cell]) -> str:
    badge = VERDICT[item.verdict]
    fixed = (badge.symbol, cell(str(item.operation.key), limit=200), item.operation.requirement.demand.value)
    return row((*fixed, *map(_cell, cells)))


def _cell(shown: Cell) -> str:
    return " ".join(filter(None, (shown.symbol, shown.word, shown.detail)))


def _fixed(sheet: LimitedText, result: Result) -> None:
    """Return the earlier drifts that were probed again and are gone, including those of the baseline."""
    before, review = result.previous, result.baseline
    gone = [(drift.rule, comparison.about_drift(drift)) for drift in (before.fixed if before else ())]
    gone += [(entry.rule, comparison.about(entry)) for entry in (review.fixed if review else ())]
    rows = (row((cell(rule, limit=100), cell(what, limit=200))) for rule, what in dict.fromkeys(gone))
    _table(sheet, "✓ Fixed", ("rule", "what"), rows, noun="fixed drift")


def _undocumented(sheet: LimitedText, result: Result) -> None:
    rows = (
        row(
            (
                cell(f"{item.method} {item.path}", limit=200),
                _words(item.kind),
                str(item.status),
                _listed(item.admitted),
            )
        )
        for item in result.undocumented
    )
    _table(sheet, "Undocumented endpoints", ("what", "kind", "status", "admitted"), rows, noun="endpoint")


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return ", ".join(cell(name, limit=80) for name in names[:NAMES]) + more


def _skipped(sheet: LimitedText, result: Result) -> None:
    entries = sentences.skipped_by_reason(result.skipped, names=NAMES).items()
    rows = (row((cell(names), _words(why))) for why, names in entries)
    _table(sheet, "Skipped", ("what", "reason"), rows, noun="skip reason")


def _accepted(sheet: LimitedText, result: Result) -> None:
    columns = ("rule", "what", "until", "owner", "reason")
    _table(sheet, "Accepted by the baseline", columns, _entries(result.suppressed), noun="accepted drift")
    review = result.baseline
    if review:
        sheet.add(prose(comparison.accepted(result), limit=600))


def _entries(entries: Iterable[Suppression]) -> Iterator[str]:
    for entry in entries:
        facts = (entry.rule, comparison.about(entry), comparison.until(entry), entry.owner)
        yield row((*(cell(fact, limit=200) for fact in facts), _words(entry.reason)))
