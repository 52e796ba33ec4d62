"""Sums up a run in a word and a sentence. The word follows the exit status."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from specdrift.errors import ExitStatus
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift
from specdrift.model.result.result import Result
from specdrift.model.result.setting import AGAINST
from specdrift.model.result.verdict import Verdict
from specdrift.reports.content import stopped
from specdrift.reports.content.sources_read import documents, places_of, statement, was_read
from specdrift.reports.content.summary import (
    active,
    confined,
    drifting,
    in_part,
    kept,
    left_out,
    of_shard,
    webhooks,
    with_verdict,
)
from specdrift.reports.content.tone import Tone
from specdrift.result.status import (
    exit_zero_of,
    fail_on_of,
    is_forgiven,
    is_incomplete,
    not_deployed,
    not_deployed_allowed,
    source_incomplete,
)
from specdrift.rules import rule_of, source


class Standing(StrEnum):
    """How the run ended, as the word that is shown."""

    PROBLEM = "Not judged"
    INTERRUPTED = "Interrupted"
    DRIFT = "Drift"
    FINDINGS = "Findings"
    """Drift in the document or source; nothing was sent."""
    INCOMPLETE = "Incomplete"
    NOT_READ = "Not read"
    """The source, or the part of it that decides an operation."""
    PASSED = "Passed"
    """Drift or undecided operations that the settings allow."""
    ACCEPTED = "Accepted"
    """Drift, all accepted by the baseline."""
    NO_FINDINGS = "No findings"
    """Nothing was sent, so that nothing is known about the server."""
    CONSISTENT = "Consistent"


SHOWN: Mapping[Standing, tuple[str, Tone]] = {
    Standing.PROBLEM: ("?", Tone.UNKNOWN),
    Standing.INTERRUPTED: ("■", Tone.WARN),
    Standing.DRIFT: ("✗", Tone.BAD),
    Standing.FINDINGS: ("✗", Tone.BAD),
    Standing.INCOMPLETE: ("?", Tone.UNKNOWN),
    Standing.NOT_READ: ("?", Tone.UNKNOWN),
    Standing.PASSED: ("!", Tone.WARN),
    Standing.ACCEPTED: ("✓", Tone.GOOD),
    Standing.NO_FINDINGS: ("○", Tone.NOTE),
    Standing.CONSISTENT: ("✓", Tone.GOOD),
}
"""Symbol and colour of each standing."""
PASSES = frozenset({Standing.PASSED, Standing.ACCEPTED, Standing.NO_FINDINGS, Standing.CONSISTENT})
NO_DRIFT: Mapping[Standing, str] = {
    Standing.PROBLEM: "Nothing could be judged. An empty list does not mean that there is no drift.",
    Standing.INTERRUPTED: "No drift was found before the run was interrupted.",
    Standing.INCOMPLETE: "No drift was found in what could be judged.",
    Standing.NOT_READ: "No drift was found in what could be read.",
    Standing.PASSED: "No drift was found in what could be judged.",
    Standing.ACCEPTED: "The baseline accepts every drift.",
    Standing.NO_FINDINGS: "Nothing was found in what was read. Whether the server enforces it was not checked.",
}
INTERRUPTED = "The run was interrupted: the operations that are missing here were not probed."
INSECURE = "Insecure run: the server certificate was not verified, so any server could have answered."
EXIT_STATUS: Mapping[int, str] = {
    ExitStatus.OK: "everything was judged, and no drift reached the fail-on level",
    ExitStatus.DRIFT: "drift",
    ExitStatus.USAGE: "usage, configuration or document",
    ExitStatus.INCOMPLETE: "incomplete: some declared requirements could not be judged",
    ExitStatus.INTERNAL: "internal error",
    ExitStatus.INTERRUPTED: "interrupted",
}
PASSED_IN_PART = "no drift reached the fail-on level in what was judged; not everything was judged"
NOTHING_SENT: Mapping[int, str] = {
    ExitStatus.OK: "no finding reached the fail-on level; no request was sent",
    ExitStatus.DRIFT: "findings; no request was sent",
}
"""What an exit status means for a run that only read files."""


class Headline(Struct, frozen=True, kw_only=True):
    """The verdict on a run. Every format takes word, sentence, exit status and colour from here."""

    standing: Standing
    sentence: str
    exit_status: int
    sent: bool = True
    """Whether the run contacted a server."""
    whole: bool = True
    """Whether every operation of the document was judged."""

    @property
    def word(self) -> str:
        return self.standing.value

    @property
    def symbol(self) -> str:
        return SHOWN[self.standing][0]

    @property
    def tone(self) -> Tone:
        return SHOWN[self.standing][1]

    @property
    def meaning(self) -> str:
        """What the exit status means; empty for an unknown one."""
        usual = EXIT_STATUS if self.whole else {**EXIT_STATUS, ExitStatus.OK: PASSED_IN_PART}
        return (usual if self.sent else {**EXIT_STATUS, **NOTHING_SENT}).get(self.exit_status, "")


def headline(result: Result) -> Headline:
    """Return the verdict on a run. The word follows the exit status."""
    found = standing(result)
    beside = f"{webhooks(result)}{left_out(result)}{confined(result)}" if found in PASSES else ""
    sentence = _sentence(result, found) + beside + of_shard(result) + _forgiven(result)
    return Headline(
        standing=found,
        sentence=sentence,
        exit_status=result.exit_status,
        sent=not result.nothing_sent,
        whole=found not in PASSES or not (_undecided(result) or in_part(result)),
    )


def standing(result: Result) -> Standing:
    """Map the exit status to its word; the result selects among the words of one status."""
    match result.exit_status:
        case ExitStatus.OK:
            return _passed(result)
        case ExitStatus.DRIFT:
            return Standing.FINDINGS if result.nothing_sent else Standing.DRIFT
        case ExitStatus.INCOMPLETE:
            if result.problem and not judged_in_part(result):
                return Standing.PROBLEM
            return Standing.NOT_READ if _not_read(result) else Standing.INCOMPLETE
        case ExitStatus.INTERRUPTED:
            return Standing.INTERRUPTED
        case _:
            return Standing.PROBLEM


def standing_without_result(exit_status: int) -> Standing:
    """Map an exit status to its word where there is no result of operations to select by."""
    words = {
        ExitStatus.OK: Standing.CONSISTENT,
        ExitStatus.DRIFT: Standing.DRIFT,
        ExitStatus.INCOMPLETE: Standing.INCOMPLETE,
        ExitStatus.INTERRUPTED: Standing.INTERRUPTED,
    }
    return words.get(ExitStatus(exit_status), Standing.PROBLEM)


def label(found: Standing) -> str:
    """Return symbol and word."""
    return f"{SHOWN[found][0]} {found.value}"


def _forgiven(result: Result) -> str:
    """Mention ``--exit-zero`` where it changes the exit status of the process."""
    forgiven = exit_zero_of(result) and is_forgiven(result.exit_status)
    return f" --exit-zero: the process ends with 0 instead of {result.exit_status}." if forgiven else ""


def _passed(result: Result) -> Standing:
    if active(result) or _undecided(result):
        return Standing.PASSED
    if result.drifts:
        return Standing.ACCEPTED
    return Standing.NO_FINDINGS if result.nothing_sent else Standing.CONSISTENT


def judged_in_part(result: Result) -> bool:
    """Return whether a run with a problem judged some operations nevertheless.

    Without an admitted valid certificate only drifts count: no other verdict is reliable.
    """
    if not result.problem or result.nothing_sent:
        return False
    undecided = with_verdict(result, Verdict.UNDECIDED)
    proven = any(drift.probes for drift in result.drifts)
    return proven or (stopped.is_problem(result) and undecided < len(result.operations))


def no_drift(result: Result) -> str:
    """Explain an empty list of drifts, so that it is not mistaken for a pass."""
    found = Standing.ACCEPTED if result.drifts else standing(result)
    return NO_DRIFT.get(found, "No drift was found.")


def _undecided(result: Result) -> bool:
    """Whether something was not judged, although a server was probed."""
    if _not_read(result):
        return True
    if result.nothing_sent and not result.problem:
        return False
    undecided = result.undecided or with_verdict(result, Verdict.UNDECIDED)
    return bool(result.problem or undecided or not result.operations)


def _not_read(result: Result) -> bool:
    """Return whether source was read in part, or does not decide an operation that nothing else decides."""
    only_source = was_read(result) and result.nothing_sent
    return source_incomplete(result) or (only_source and bool(result.undecided))


def _unread(result: Result) -> str:
    """Return what of the source was not read, with the first place."""
    if not was_read(result) or not _not_read(result):
        return ""
    found = ""
    if result.source is not None:
        found = "" if result.source.wired else " The source has no route that could be read."
        found += places_of("A served router was not followed", result.source.not_followed)
    for view in result.gateways:
        found += places_of(f"{view.name} was not read as a whole", view.not_followed)
    undecided = len({item.operation for item in result.undecided}) if result.nothing_sent else 0
    return f"{found} {_not_judged(undecided)}" if undecided else found


def _not_judged(count: int) -> str:
    verb = "requires" if count == 1 else "require"
    return f"{plural(count, 'operation')} that {verb} a certificate could not be judged."


def _sentence(result: Result, found: Standing) -> str:
    if found is Standing.PROBLEM and result.problem:
        return result.problem.text
    drifts = active(result)
    reason = _pass_reason(result) if found is Standing.PASSED else ""
    if result.nothing_sent and (not result.problem or found is Standing.FINDINGS):
        beside = _unread(result) + stopped.unfinished(result) + reason
        return f"{_offline(result, drifts, found)}; no request was sent.{beside}"
    accepted = " The baseline accepts all of it." if result.drifts and not drifts else ""
    unknown = _unread(result) + stopped.unfinished(result) + _of_the_run(result)
    return _findings(result, drifts, found) + accepted + unknown + reason


def _of_the_run(result: Result) -> str:
    """What was not judged that belongs to no operation, such as another listener."""
    reasons = [item.reason for item in result.undecided if item.operation is None]
    return f" {'; '.join(reasons)}." if reasons else ""


def _findings(result: Result, drifts: tuple[Drift, ...], found: Standing) -> str:
    """What drifts and what does not; first what decides."""
    judged, others = _judged(result), _beyond_operations(result, drifts)
    if found is Standing.DRIFT and others and not with_verdict(result, Verdict.DRIFT):
        return f"{others.strip()} Otherwise: {judged}"
    return judged + others


def _offline(result: Result, drifts: tuple[Drift, ...], found: Standing) -> str:
    """Return what a run found that only read files."""
    read = _what_was_read(result)
    against = result.setting(AGAINST)
    older = f", compared with {against}" if against else ""
    if found is Standing.NO_FINDINGS:
        return f"The {read} was read{older}"
    if drifts:
        findings = plural(len(drifts), "finding")
    else:
        findings = "every finding accepted by the baseline" if result.drifts else "no finding"
    return f"{findings} in the {read}{older}"


def _what_was_read(result: Result) -> str:
    if result.source is not None:
        return "source"
    return "gateway" if result.gateways else "document"


def _pass_reason(result: Result) -> str:
    """Why a run with drift or with undecided operations ends with exit status 0."""
    level = f" No drift reaches --fail-on {fail_on_of(result)}."
    reached = level if any(rule_of(drift.rule).is_drift for drift in active(result)) else ""
    return reached + (f" {_accepting(result)} accepts that." if _undecided(result) else "")


def _accepting(result: Result) -> str:
    """Return the option by which an incomplete run passes."""
    allowed = not_deployed_allowed(result) and not is_incomplete(result, not_deployed_ok=True)
    return "--not-deployed-ok" if allowed else "--allow-incomplete"


def _judged(result: Result) -> str:
    """Return the numbers of consistent and of undecided operations, in words."""
    total = len(result.operations)
    undecided = with_verdict(result, Verdict.UNDECIDED)
    absent = len(not_deployed(result))
    unknown = f" {undecided - absent:,} could not be judged." if undecided > absent else ""
    if absent:
        unknown += f" {absent:,} {'is' if absent == 1 else 'are'} not deployed."
    if not total:
        return "There was no operation to judge."
    if absent == total:
        return f"No operation could be judged.{unknown}"
    if undecided == total and not absent:
        return (
            "The one operation could not be judged."
            if total == 1
            else f"None of {plural(total, 'operation')} could be judged."
        )
    if stopped.why(result):
        return stopped.judged_so_far(result, statement(result), names=documents(result)) + unknown
    if with_verdict(result, Verdict.DRIFT):
        return f"{drifting(result, statement(result))}.{unknown}"
    found = kept(result, statement(result)) + stopped.unknown_effects(result, total - undecided)
    return f"{found}.{stopped.by_handshakes_alone(result)}{unknown}"


def _beyond_operations(result: Result, drifts: tuple[Drift, ...]) -> str:
    """Count the drifts that concern no operation; also the others if they decide no operation's verdict (notes)."""
    endpoints = len(result.undocumented)
    found = f" {plural(endpoints, 'undocumented endpoint')} answered." if endpoints else ""
    beside = [one for one in drifts if one.operation is None and not rule_of(one.rule).beside_document]
    in_source = sum(drift.rule in source.IDS for drift in beside)
    single = sum(drift.operation is not None for drift in drifts)
    return (
        found
        + _count_of(len(beside) - in_source, "the listener or the document as a whole")
        + _count_of(in_source, "the source")
        + _count_of(0 if with_verdict(result, Verdict.DRIFT) else single, "single operations")
    )


def _count_of(count: int, what: str) -> str:
    return f" {plural(count, 'drift')} {'concerns' if count == 1 else 'concern'} {what}." if count else ""
