"""Selects, orders and counts the contents of a result, the same for every format."""

from collections.abc import Hashable, Iterable
from typing import TypeVar

from specdrift.model.contract.operation import OperationKey
from specdrift.model.contract.requirement import Demand
from specdrift.model.contract.shards import described, shard_in
from specdrift.model.plural import plural
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import OperationResult, Result
from specdrift.model.result.verdict import Verdict
from specdrift.rules import RULES, source
from specdrift.rules.ids import CONFIGURATION_CHANGED

SEVERAL_SAMPLED = "operations that refuse alike shared altered requests; --exhaustive sends all"
W = TypeVar("W", bound=Hashable)


def active(result: Result) -> tuple[Drift, ...]:
    """Return the drifts that no baseline accepts, worst first, in an order that is stable between runs."""
    return ordered(drift for drift in result.drifts if drift.status is not DriftStatus.SUPPRESSED)


def any_operation_error(result: Result) -> bool:
    """Return whether an operation has an error: warnings may concern an operation that refuses whom it must."""
    return any(drift.operation and drift.severity is Severity.ERROR for drift in active(result))


def of_total(some: int, total: int, *, which: str = "") -> str:
    """Return ``1 of 12 operations``; ``which`` says what they have in common."""
    if some == total:
        return f"The one operation{which}" if total == 1 else f"All {plural(total, 'operation')}{which}"
    return f"{some:,} of {plural(total, 'operation')}{which}"


def kept(result: Result, said: str) -> str:
    """Return how many operations are consistent, as a clause. One that is open, or requires something else, enforces no
    certificate. ``said`` is ``openapi.yaml says``.
    """
    guarded, others = _guarded(result), len(result.operations) - len(_guarded(result))
    number = with_verdict(result, Verdict.CONSISTENT)
    enforcing = sum(one.verdict is Verdict.CONSISTENT for one in guarded)
    verb = "enforces" if enforcing == 1 else "enforce"
    if not others:
        return f"{of_total(enforcing, len(guarded))} {verb} client certificates as {said}"
    if not enforcing:
        does = "does" if number == 1 else "do"
        return f"{of_total(number, len(result.operations))} {does} without a client certificate, as {said}"
    subject = of_total(enforcing, len(guarded), which=_requiring(len(guarded)))
    other = number - enforcing
    beside = f", and {plural(other, 'other')} {'does' if other == 1 else 'do'} without" if other else ""
    return f"{subject} {verb} them{beside}, as {said}"


def drifting(result: Result, said: str) -> str:
    """Return how many operations drift, as a clause: first those that require a certificate."""
    number, total = with_verdict(result, Verdict.DRIFT), len(result.operations)
    guarded = _guarded(result)
    open_ones = number - (failing := sum(one.verdict is Verdict.DRIFT for one in guarded))
    if not any_operation_error(result) or not failing:
        differs = "differs" if number == 1 else "differ"
        return f"{of_total(number, total)} {differs} from what {said} about client certificates"
    which, what = "", "client certificates"
    if len(guarded) < total:
        which, what = _requiring(len(guarded)), "them"
    beside = (
        f", and {plural(open_ones, 'other')} {'differs' if open_ones == 1 else 'differ'}" if open_ones else ""
    )
    if failing == len(guarded) > 1:
        return f"None of {plural(failing, 'operation')}{which} enforces {what} as {said}{beside}"
    does = "does" if failing == 1 else "do"
    return f"{of_total(failing, len(guarded), which=which)} {does} not enforce {what} as {said}{beside}"


def _guarded(result: Result) -> list[OperationResult]:
    """Return the operations whose certificate keeps anonymous clients out, or of which that cannot be read."""
    found = [(one, one.operation.requirement.demand) for one in result.operations]
    return [one for one, demand in found if demand.excludes_anonymous or demand is Demand.UNKNOWN]


def _requiring(number: int) -> str:
    return f" that {'requires' if number == 1 else 'require'} client certificates"


def left_out(result: Result) -> str:
    """Return the sentence on operations that filters left out, which no count of operations has."""
    filtered = (item for item in result.skipped if item.kind is SkipReason.FILTERED and not item.check)
    number = len({item.operation for item in filtered if item.operation})
    verb = "was" if number == 1 else "were"
    return (
        f" {plural(number, 'operation')} {verb} left out by the configuration or by options."
        if number
        else ""
    )


def in_part(result: Result) -> bool:
    """Return whether something of the document was not judged, or not in every way."""
    return bool(left_out(result) or of_shard(result) or _of_checks(result))


def confined(result: Result) -> str:
    """Return the sentences on what was not sent, or not everywhere."""
    return _of_checks(result) + _sampled(result)


def _of_checks(result: Result) -> str:
    """Return the sentence on a run that options or the configuration confine to some checks or rules."""
    if result.nothing_sent:
        return ""
    only, without = (_names_in(result.setting(key)) for key in ("checks", "skip-checks"))
    alone = f" Nothing else was checked than {', '.join(only)}." if only else ""
    return alone + (f" Not checked, as configured: {', '.join(without)}." if without else "")


def _names_in(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _sampled(result: Result) -> str:
    """Say beside a pass what was not sent everywhere; several reasons of one kind stand in what was skipped."""
    sampled = [*dict.fromkeys(item.reason for item in result.skipped if item.kind is SkipReason.SAMPLED)]
    heads = [item.reason for item in result.skipped if item.kind is SkipReason.HEADS_ALONE]
    reasons = [*sampled, *heads] if len(sampled) <= 1 else [SEVERAL_SAMPLED, *heads]
    return "".join(f" {one[:1].upper()}{one[1:]}." for one in reasons)


def webhooks(result: Result) -> str:
    """Return the sentence on webhooks, which no count of operations has."""
    reasons = (item.reason for item in result.skipped if item.kind is SkipReason.WEBHOOK)
    return "".join(f" {reason}." for reason in reasons)


def of_shard(result: Result) -> str:
    """Return the sentence on a shard: which part of the document it judges, and which operations are of another."""
    shard = shard_in(str(result.setting("shard", "")))
    return f" {described(shard, [one.operation.key for one in result.operations])}" if shard else ""


def ordered(drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """Sort by severity, then by the catalogue's order of rules, operation and identity."""
    return tuple(sorted(drifts, key=_rank))


_CATALOGUE = {rule: place for place, rule in enumerate(RULES)}


def place_of(rule: str) -> int:
    """Return the position of a rule in the catalogue; an unknown one is last."""
    return _CATALOGUE.get(rule, len(_CATALOGUE))


def _rank(drift: Drift) -> tuple[int, int, str, OperationKey, str, str, str]:
    place = place_of(drift.rule)
    key = drift.operation or OperationKey(path="", method="")
    identity, profile = drift.identity or "", drift.profile or ""
    return (-drift.severity.rank, place, drift.rule, key, identity, profile, drift.fingerprint)


def gathered(items: Iterable[tuple[W, str]], *, names: int) -> dict[W, str]:
    """Group names by their shared words: ``{"may change things": "POST /a, POST /b and 7 more"}``."""
    groups: dict[W, list[str]] = {}
    for words, name in items:
        groups.setdefault(words, []).append(name)
    return {words: _listed(group, names) for words, group in groups.items()}


def _listed(names: list[str], most: int) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


_NOWHERE = {CONFIGURATION_CHANGED: "the configuration"}
"""Subjects of rules that are about neither document nor source."""


class Subjects:
    """Names the subject of a drift: an operation, an endpoint outside the document, or the document."""

    def __init__(self, result: Result) -> None:
        self._by_probe = {
            probe: f"{item.method} {item.path}" for item in result.undocumented for probe in item.probes
        }

    def of(self, drift: Drift) -> str:
        """Return ``GET /items``, or words if there is no operation."""
        if drift.operation:
            return str(drift.operation)
        found = (self._by_probe[probe] for probe in drift.probes if probe in self._by_probe)
        nowhere = "the source" if drift.rule in source.IDS else _NOWHERE.get(drift.rule, "the document")
        return next(found, "the listener" if drift.probes else nowhere)


def by_rule(drifts: tuple[Drift, ...]) -> dict[str, list[Drift]]:
    """Group drifts under their rule, in the order given."""
    groups: dict[str, list[Drift]] = {}
    for drift in drifts:
        groups.setdefault(drift.rule, []).append(drift)
    return groups


_ORDER = (Verdict.DRIFT, Verdict.UNDECIDED, Verdict.CONSISTENT)


def operations_in_order(result: Result) -> tuple[OperationResult, ...]:
    """Sort operations: drifting, undecided, consistent; each by path and method."""
    return tuple(sorted(result.operations, key=lambda o: (_ORDER.index(o.verdict), o.operation.key)))


def with_verdict(result: Result, verdict: Verdict) -> int:
    """Return the number of operations with a verdict."""
    return sum(operation.verdict is verdict for operation in result.operations)


def with_severity(drifts: tuple[Drift, ...]) -> dict[Severity, int]:
    """Return the number of drifts of each severity, worst first."""
    return {severity: sum(drift.severity is severity for drift in drifts) for severity in Severity}
