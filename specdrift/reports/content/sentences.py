"""The same facts in one sentence each, for formats of one line."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from specdrift.model.contract.operation import OperationKey
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import Result, Skipped, UndecidedOperation
from specdrift.model.result.traceability import Traceability, TracedRule
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import summary
from specdrift.reports.content.badges import TRACE


def sentence(drift: Drift, subject: str) -> str:
    """Return the message with its subject in front, unless it names the subject itself."""
    return drift.message if subject in drift.message else f"{subject}: {drift.message}"


def together(drifts: Iterable[Drift], subjects: summary.Subjects) -> tuple[tuple[Drift, ...], ...]:
    """Group drifts that differ only in the caller, in the order of their first."""
    groups: dict[tuple[object, ...], list[Drift]] = defaultdict(list)
    for number, drift in enumerate(drifts):
        alone = None if drift.identity else number
        groups[drift.rule, subjects.of(drift), drift.subject, drift.location, alone].append(drift)
    return tuple(map(tuple, groups.values()))


def callers(drifts: Iterable[Drift]) -> tuple[str, ...]:
    """Return the callers, each once."""
    return tuple(dict.fromkeys(drift.identity for drift in drifts if drift.identity))


def undecided(item: UndecidedOperation) -> str:
    """Return what could not be judged, why, and what would decide it."""
    state = "is" if item.kind is UndecidedReason.NOT_DEPLOYED else "could not be judged:"
    words = f"{named(item.operation)} {state} {_ended(item.reason)} {_ended(item.how_to_decide)}"
    return words.rstrip()


def skipped(item: Skipped) -> str:
    """Return what was skipped, and why."""
    return f"{left_out(item)} was skipped: {_ended(item.reason)}"


def left_out(item: Skipped) -> str:
    """Return ``POST /items``, ``check certificate``, or both."""
    check = f"check {item.check}" if item.check else ""
    return ", ".join(part for part in (str(item.operation or ""), check) if part) or named(None)


def skipped_by_reason(items: Iterable[Skipped], *, names: int) -> dict[str, str]:
    """Return what was skipped for each reason: operations, and the check that skipped them."""
    groups: dict[str, dict[str, list[str]]] = {}
    for item in items:
        by_check = groups.setdefault(item.reason, {})
        operations = by_check.setdefault(f"check {item.check}" if item.check else "", [])
        operations += [str(item.operation)] if item.operation else []
    return {
        reason: "; ".join(_of_check(check, operations, names) for check, operations in by_check.items())
        for reason, by_check in groups.items()
    }


def _of_check(check: str, operations: list[str], most: int) -> str:
    more = f" and {len(operations) - most:,} more" if len(operations) > most else ""
    listed = ", ".join(operations[:most]) + more
    return f"{listed} ({check})" if listed and check else listed or check or named(None)


def unexplained(result: Result) -> Iterator[UndecidedOperation]:
    """Yield undecided operations, also those without a reason. A run that sent nothing has none."""
    yield from result.undecided
    explained = {item.operation for item in result.undecided}
    for item in result.operations:
        if item.verdict is Verdict.UNDECIDED and item.operation.key not in explained and item.outcomes:
            yield UndecidedOperation(
                operation=item.operation.key,
                kind=UndecidedReason.INCONCLUSIVE,
                reason="no answer decided it",
                how_to_decide="",
            )


def standard(trace: Traceability) -> str:
    """Return how many requirements of the standard have which status."""
    counted = Counter(one.status for one in trace.requirements)
    parts = [f"{counted[status]:,} {badge.word}" for status, badge in TRACE.items() if counted[status]]
    return f"Profile {trace.profile}, {plural(len(trace.requirements), 'requirement')}: {', '.join(parts)}."


def of_rule(traced: TracedRule) -> str:
    """Return the rule, what the run says about it, and why it is not established."""
    why = f" ({traced.reason})" if traced.reason else ""
    return f"{traced.rule}: {TRACE[traced.status].word}{why}"


def revocations(result: Result) -> Iterator[str]:
    """Yield after what time each revoked certificate was refused."""
    for identity in result.identities:
        if identity.refused_after is not None:
            yield (
                f'The certificate of "{identity.name}" was refused on new connections '
                f"{identity.refused_after:g} s after its revocation."
            )


def named(key: OperationKey | None) -> str:
    """Return ``GET /items``, or ``the run`` without an operation."""
    return str(key) if key else "the run"


def _ended(text: str) -> str:
    """Return the text with a full stop."""
    return text if not text or text[-1] in ".!?" else f"{text}."
