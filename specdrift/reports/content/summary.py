"""What comes first in every report: the verdict in one line, and the order in which things are told."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from specdrift.errors import ExitStatus
from specdrift.model.contract.operation import OperationKey
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.problem import ProblemKind
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Verdict
from specdrift.rules import RULES, rule_of, source

W = TypeVar("W", bound=Hashable)


class Standing(StrEnum):
    """How the run ended, for a reader. The value is the word that is shown."""

    PROBLEM = "Not judged"
    INTERRUPTED = "Interrupted"
    DRIFT = "Drift"
    FINDINGS = "Findings"
    """In the document alone: nothing was sent."""
    INCOMPLETE = "Incomplete"
    ACCEPTED = "Accepted"
    """There is drift, and the baseline accepts all of it."""
    CONSISTENT = "Consistent"


SYMBOLS: Mapping[Standing, str] = {
    Standing.PROBLEM: "✗",
    Standing.INTERRUPTED: "■",
    Standing.DRIFT: "✗",
    Standing.FINDINGS: "✗",
    Standing.INCOMPLETE: "?",
    Standing.ACCEPTED: "✓",
    Standing.CONSISTENT: "✓",
}
NO_DRIFT: Mapping[Standing, str] = {
    Standing.PROBLEM: "Nothing could be judged, so that no drift is listed here proves nothing.",
    Standing.INTERRUPTED: "No drift in what was looked at before the run was interrupted.",
    Standing.INCOMPLETE: "No drift in what could be judged.",
    Standing.ACCEPTED: "No drift that the baseline does not accept.",
}
AGAINST = "against"
"""The setting of ``lint`` that names the older document."""
EXIT_STATUS: Mapping[int, str] = {
    0: "everything was judged, and nothing reached the fail-on level",
    1: "drift",
    2: "usage, configuration or document",
    3: "incomplete: something declared could not be judged",
    4: "internal error",
    130: "interrupted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    standing: Standing
    sentence: str

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.standing]


def plural(count: int, noun: str) -> str:
    """``1 operation``, ``2 operations``, ``2 entries``."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{count:,} {noun}s"


def active(result: Result) -> tuple[Drift, ...]:
    """The drifts that nobody accepted, worst first, in an order that does not change between runs."""
    return ordered(drift for drift in result.drifts if drift.status is not DriftStatus.SUPPRESSED)


def ordered(drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """Worst first; then by the catalogue's order of rules, operation and identity."""
    return tuple(sorted(drifts, key=_rank))


_CATALOGUE = {rule: place for place, rule in enumerate(RULES)}


def place_of(rule: str) -> int:
    """The place of a rule in the catalogue; an unknown one is last."""
    return _CATALOGUE.get(rule, len(_CATALOGUE))


def _rank(drift: Drift) -> tuple[int, int, str, OperationKey, str, str, str]:
    place = place_of(drift.rule)
    key = drift.operation or OperationKey(path="", method="")
    identity, profile = drift.identity or "", drift.profile or ""
    return (-drift.severity.rank, place, drift.rule, key, identity, profile, drift.fingerprint)


def gathered(items: Iterable[tuple[W, str]], *, names: int) -> dict[W, str]:
    """Names under the words that they share: ``{"may change things": "POST /a, POST /b and 7 more"}``."""
    groups: dict[W, list[str]] = {}
    for words, name in items:
        groups.setdefault(words, []).append(name)
    return {words: _listed(group, names) for words, group in groups.items()}


def _listed(names: list[str], most: int) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


class Subjects:
    """Names what a drift is about: an operation, an endpoint outside the document, or the document itself."""

    def __init__(self, result: Result) -> None:
        self._by_probe = {
            probe: f"{item.method} {item.path}" for item in result.undocumented for probe in item.probes
        }

    def of(self, drift: Drift) -> str:
        """``GET /items``, or words where there is no operation."""
        if drift.operation:
            return str(drift.operation)
        found = (self._by_probe[probe] for probe in drift.probes if probe in self._by_probe)
        nowhere = "the source" if drift.rule in source.IDS else "the document"
        return next(found, "the listener" if drift.probes else nowhere)


def by_rule(drifts: tuple[Drift, ...]) -> dict[str, list[Drift]]:
    """Group drifts under their rule, in the order given."""
    groups: dict[str, list[Drift]] = {}
    for drift in drifts:
        groups.setdefault(drift.rule, []).append(drift)
    return groups


_ORDER = (Verdict.DRIFT, Verdict.UNDECIDED, Verdict.CONSISTENT)


def operations_in_order(result: Result) -> tuple[OperationResult, ...]:
    """Drifting first, then undecided, then consistent; inside each by path and method."""
    return tuple(sorted(result.operations, key=lambda o: (_ORDER.index(o.verdict), o.operation.key)))


def with_verdict(result: Result, verdict: Verdict) -> int:
    """How many operations got that verdict."""
    return sum(operation.verdict is verdict for operation in result.operations)


def with_severity(drifts: tuple[Drift, ...]) -> dict[Severity, int]:
    """How many drifts there are of each severity, worst first."""
    return {severity: sum(drift.severity is severity for drift in drifts) for severity in Severity}


def nothing_sent(result: Result) -> bool:
    """Whether only the document was looked at (``specdrift lint``)."""
    return not (result.probes or result.counts.requests or result.counts.connections)


def headline(result: Result) -> Headline:
    """The verdict on the whole run."""
    found = standing(result)
    if found is Standing.PROBLEM and result.problem:
        return Headline(standing=found, sentence=result.problem.text)
    return Headline(standing=found, sentence=_sentence(result))


def judged_in_part(result: Result) -> bool:
    """Whether a run with a problem has judged something all the same: what it found is then the news, and the problem
    is why that is not all. Without any good certificate that is drift alone: nothing else is worth much.
    """
    if not result.problem or nothing_sent(result):
        return False
    undecided = with_verdict(result, Verdict.UNDECIDED)
    proven = any(drift.probes for drift in result.drifts)
    return proven or (_stopped(result) and undecided < len(result.operations))


def _stopped(result: Result) -> bool:
    """Whether the run has a problem because it stopped early."""
    return result.problem is not None and result.problem.kind is ProblemKind.STOPPED


def standing(result: Result) -> Standing:
    """Which of these the run is; what a reader must know first wins."""
    in_part = judged_in_part(result)
    if result.problem and not in_part:
        return Standing.PROBLEM
    if result.interrupted:
        return Standing.INTERRUPTED
    if active(result):
        return Standing.FINDINGS if nothing_sent(result) else Standing.DRIFT
    incomplete = (
        in_part or result.undecided or with_verdict(result, Verdict.UNDECIDED) or not result.operations
    )
    if incomplete and not nothing_sent(result):
        return Standing.INCOMPLETE
    return Standing.ACCEPTED if result.drifts else Standing.CONSISTENT


def _sentence(result: Result) -> str:
    drifts = active(result)
    passes = _passes(result) if drifts else ""
    if nothing_sent(result):
        found = plural(len(drifts), "finding") if drifts else "nothing wrong"
        found = "nothing that the baseline does not accept" if result.drifts and not drifts else found
        against = result.setting(AGAINST)
        older = f", compared with {against}" if against else ""
        return (
            f"{found} in the {'source' if result.source else 'document'}{older}; no request was sent.{passes}"
        )
    accepted = " The baseline accepts all of it." if result.drifts and not drifts else ""
    return _judged(result) + _beyond(result, drifts) + accepted + _unfinished(result) + passes


def _unfinished(result: Result) -> str:
    """Why a run that has judged something has not judged everything."""
    if not result.problem:
        return ""
    if not _stopped(result):
        return f" {result.problem.text.rstrip('.')}."
    counts = result.counts
    total = counts.planned + counts.follow_ups
    unsent = total - counts.spared - len(result.probes)
    # Which of them the listener would have spared is not known before its time.
    left = f"; up to {unsent:,} of {plural(total, 'planned probe')} were not sent" if unsent > 0 else ""
    return f" Stopped early: {result.problem}{left}."


def _passes(result: Result) -> str:
    """Why a run with drift ends with 0: else a reader takes one of the two for a mistake."""
    level = result.setting("fail-on", FailOn.ERROR)
    return f" It passes: nothing reaches --fail-on {level}." if result.exit_status == ExitStatus.OK else ""


def _judged(result: Result) -> str:
    """How many operations do what the document says, and how many could not be judged."""
    total, drifting = len(result.operations), with_verdict(result, Verdict.DRIFT)
    undecided = with_verdict(result, Verdict.UNDECIDED)
    unknown = f" {undecided:,} could not be judged." if undecided else ""
    if not total:
        return "There was no operation to judge."
    if drifting:
        return f"{_of(drifting, total)} not do what the document says.{unknown}"
    if undecided:
        return f"{_of(total - undecided, total)} what the document says.{unknown}"
    return (
        f"All {total:,} operations do what the document says."
        if total > 1
        else ("The one operation does what the document says.")
    )


def _of(some: int, total: int) -> str:
    """``1 of 12 operations does``."""
    if some == total == 1:
        return "The one operation does"
    return f"{some:,} of {plural(total, 'operation')} {'does' if some == 1 else 'do'}"


def _beyond(result: Result, drifts: tuple[Drift, ...]) -> str:
    """What drifts beside the operations: without it, drift of a listener would stand beside "all do"."""
    endpoints = len(result.undocumented)
    found = f" {plural(endpoints, 'endpoint')} answered that the document does not have." if endpoints else ""
    beside = [
        drift for drift in drifts if drift.operation is None and not rule_of(drift.rule).beside_document
    ]
    in_source = sum(drift.rule in source.IDS for drift in beside)
    return (
        found
        + _concerning(len(beside) - in_source, "the listener or the document as a whole")
        + _concerning(in_source, "the source")
    )


def _concerning(count: int, what: str) -> str:
    return f" {plural(count, 'drift')} {'concerns' if count == 1 else 'concern'} {what}." if count else ""


def no_drift(result: Result) -> str:
    """What to say where drifts would be listed and there are none; silence must not look like a pass."""
    return NO_DRIFT.get(standing(result), "No drift was found.")
