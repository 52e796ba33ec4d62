"""The verdict on a run in a word and a sentence. The word follows the exit status."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from specdrift.errors import ExitStatus
from specdrift.model.policy import FailOn
from specdrift.model.result.drift import Drift
from specdrift.model.result.problem import ProblemKind
from specdrift.model.result.result import Result
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content.summary import active, nothing_sent, plural, with_verdict
from specdrift.rules import rule_of, source


class Standing(StrEnum):
    """How the run ended. The value is the word that is shown."""

    PROBLEM = "Not judged"
    INTERRUPTED = "Interrupted"
    DRIFT = "Drift"
    FINDINGS = "Findings"
    """In the document or the source alone: nothing was sent."""
    INCOMPLETE = "Incomplete"
    PASSED = "Passed"
    """There is drift, or something is undecided, and the settings allow it."""
    ACCEPTED = "Accepted"
    """There is drift, and the baseline accepts all of it."""
    CONSISTENT = "Consistent"


SYMBOLS: Mapping[Standing, str] = {
    Standing.PROBLEM: "✗",
    Standing.INTERRUPTED: "■",
    Standing.DRIFT: "✗",
    Standing.FINDINGS: "✗",
    Standing.INCOMPLETE: "?",
    Standing.PASSED: "!",
    Standing.ACCEPTED: "✓",
    Standing.CONSISTENT: "✓",
}
NO_DRIFT: Mapping[Standing, str] = {
    Standing.PROBLEM: "Nothing could be judged. An empty list does not mean that there is no drift.",
    Standing.INTERRUPTED: "No drift was found before the run was interrupted.",
    Standing.INCOMPLETE: "No drift was found in what could be judged.",
    Standing.PASSED: "No drift was found in what could be judged.",
    Standing.ACCEPTED: "The baseline accepts every drift.",
}
INTERRUPTED = "The run was interrupted: the operations that are missing here were not probed."
INSECURE = "Insecure run: the server certificate was not verified, so any server could have answered."
AGAINST = "against"
"""The setting of ``lint`` that names the older document."""
FAIL_ON = "fail-on"
EXIT_STATUS: Mapping[int, str] = {
    ExitStatus.OK: "everything was judged, and no drift reached the fail-on level",
    ExitStatus.DRIFT: "drift",
    ExitStatus.USAGE: "usage, configuration or document",
    ExitStatus.INCOMPLETE: "incomplete: some declared requirements could not be judged",
    ExitStatus.INTERNAL: "internal error",
    ExitStatus.INTERRUPTED: "interrupted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The first line of a report."""

    standing: Standing
    sentence: str

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.standing]


def headline(result: Result) -> Headline:
    """Sum the run up."""
    found = standing(result)
    if found is Standing.PROBLEM and result.problem:
        return Headline(standing=found, sentence=result.problem.text)
    return Headline(standing=found, sentence=_sentence(result, found))


def standing(result: Result) -> Standing:
    """Map a result to its word. A problem comes first, then an interruption, then the exit status."""
    if result.problem and not judged_in_part(result):
        return Standing.PROBLEM
    if result.interrupted:
        return Standing.INTERRUPTED
    if result.exit_status == ExitStatus.OK:
        return _passed(result)
    if result.exit_status == ExitStatus.INCOMPLETE:
        return Standing.INCOMPLETE
    if nothing_sent(result):
        return Standing.FINDINGS if active(result) else Standing.PROBLEM
    return Standing.DRIFT


def _passed(result: Result) -> Standing:
    if active(result) or _undecided(result):
        return Standing.PASSED
    return Standing.ACCEPTED if result.drifts else Standing.CONSISTENT


def judged_in_part(result: Result) -> bool:
    """Whether a run with a problem judged some operations all the same.

    Without a valid certificate only drifts count: no other verdict is reliable.
    """
    if not result.problem or nothing_sent(result):
        return False
    undecided = with_verdict(result, Verdict.UNDECIDED)
    proven = any(drift.probes for drift in result.drifts)
    return proven or (_stopped(result) and undecided < len(result.operations))


def no_drift(result: Result) -> str:
    """Explain an empty list of drifts, so that it is not mistaken for a pass."""
    return NO_DRIFT.get(standing(result), "No drift was found.")


def _undecided(result: Result) -> bool:
    if nothing_sent(result):
        return False
    return bool(
        result.problem or result.undecided or with_verdict(result, Verdict.UNDECIDED) or not result.operations
    )


def _stopped(result: Result) -> bool:
    """Whether the run has a problem because it stopped early."""
    return result.problem is not None and result.problem.kind is ProblemKind.STOPPED


def _sentence(result: Result, found: Standing) -> str:
    drifts = active(result)
    reason = _pass_reason(result) if found is Standing.PASSED else ""
    if nothing_sent(result):
        return f"{_offline(result, drifts)}; no request was sent.{reason}"
    accepted = " The baseline accepts all of it." if result.drifts and not drifts else ""
    return _judged(result) + _beyond_operations(result, drifts) + accepted + _unfinished(result) + reason


def _offline(result: Result, drifts: tuple[Drift, ...]) -> str:
    if drifts:
        found = plural(len(drifts), "finding")
    else:
        found = "every finding accepted by the baseline" if result.drifts else "no finding"
    against = result.setting(AGAINST)
    older = f", compared with {against}" if against else ""
    return f"{found} in the {'source' if result.source else 'document'}{older}"


def _unfinished(result: Result) -> str:
    """Why a run that judged some operations did not judge all."""
    if not result.problem:
        return ""
    if not _stopped(result):
        return f" {result.problem.text.rstrip('.')}."
    counts = result.counts
    total = counts.planned + counts.follow_ups
    unsent = total - counts.spared - len(result.probes)
    # An upper bound: the listener might have made some of them unnecessary.
    left = f"; up to {unsent:,} of {plural(total, 'planned probe')} were not sent" if unsent > 0 else ""
    return f" Stopped early: {result.problem.text}{left}."


def _pass_reason(result: Result) -> str:
    """Why a run with drift or with undecided operations ends with exit status 0."""
    if active(result):
        return f" No drift reaches --fail-on {result.setting(FAIL_ON, FailOn.ERROR)}."
    return " --allow-incomplete accepts that."


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
    if total == 1:
        return "The one operation does what the document says."
    return f"All {total:,} operations do what the document says."


def _of(some: int, total: int) -> str:
    """``1 of 12 operations does``."""
    if some == total == 1:
        return "The one operation does"
    return f"{some:,} of {plural(total, 'operation')} {'does' if some == 1 else 'do'}"


def _beyond_operations(result: Result, drifts: tuple[Drift, ...]) -> str:
    """Count the drifts that concern no operation of the document."""
    endpoints = len(result.undocumented)
    found = f" {plural(endpoints, 'undocumented endpoint')} answered." if endpoints else ""
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
