"""States what the selection of operations left unchecked, so that no such run passes. Pure."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from msgspec.structs import replace

from specdrift.checks.core.base import Check, PlannedOperation
from specdrift.checks.core.undecided import Resolution, Undecided
from specdrift.checks.undocumented.undocumented import CHECK
from specdrift.loader.nearest import hint
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.selector import Selector
from specdrift.model.plural import with_verb
from specdrift.model.result.candidate import Candidate
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.result.printable import printable
from specdrift.rules.ids import UNDOCUMENTED_ENDPOINT
from specdrift.scan.preparation.destructive import NEEDS_A_WORD, NEEDS_CONTENT
from specdrift.scan.preparation.selection import matches
from specdrift.settings import SelectionSettings

MOST_REASONS = 3
MOST_NAMED = 5
MOST_WITHHELD = 4
_MEMBERS = {"path": "paths", "method": "methods", "tag": "tags", "operation-id": "operation_ids"}
"""The ends of the keys ``include-path`` … and the members of a selector."""
_CORRECT = Resolution(Remedy.OTHER, "correct or delete the pattern, and run it again")
_RUN_CHECK = Resolution(Remedy.REPEAT, f"run it with the check {CHECK.name} (--checks, --skip-checks)")


def nothing_guarded(
    contract: Contract, selected: Sequence[PlannedOperation], skipped: Sequence[Skipped]
) -> Problem | None:
    """Return the problem of a run whose filters left out every operation that requires a client certificate.

    ``selected`` are those of the whole run, not of a shard, also those that did not change: a change of an operation
    without a requirement is checked by itself. None without any, where there is nothing to judge.
    """
    chosen = tuple(planned.operation for planned in selected)
    if (
        not chosen
        or not contract.names_certificates
        or replace(contract, operations=chosen).names_certificates
    ):
        return None
    lost = {one.key for one in contract.operations if one.requirement.may_need_certificate}
    number = with_verb(len(lost), "operation", "was", "were")
    return Problem(
        kind=ProblemKind.NO_REQUIREMENT,
        text=f"No operation that requires a client certificate was selected: {number} left out "
        f"({_reasons(lost, skipped)}). Select at least one of them.",
    )


def _reasons(lost: Collection[OperationKey], skipped: Sequence[Skipped]) -> str:
    found = [*dict.fromkeys(one.reason for one in skipped if one.operation in lost and not one.check)]
    return "; ".join(found[:MOST_REASONS]) + ("; …" if len(found) > MOST_REASONS else "")


class UnmatchedPatterns:
    """The ``include-`` and ``exclude-`` patterns of a run that match no operation.

    ``known`` are the operations of the document, and of the older one with ``--changed-since``.
    """

    def __init__(self, settings: SelectionSettings, known: Sequence[Operation]) -> None:
        self._settings = settings
        self._known = known

    def notes(self) -> Iterator[str]:
        """Yield a warning for each pattern."""
        yield from chain(self._included(shared=True), self._excluded())

    def undecided(self) -> Iterator[UndecidedOperation]:
        """Yield an entry for each pattern of operations to check. One for several services may match nothing in one."""
        for reason in self._included(shared=False):
            yield Undecided(kind=UndecidedReason.OTHER, reason=reason, advice=_CORRECT).of(None)

    def _included(self, *, shared: bool) -> Iterator[str]:
        for key, pattern, guess in self._unmatched("include", self._settings.include):
            if shared or key not in self._settings.shared:
                yield f'{key} "{pattern}" matches no operation of the document, so that it selects nothing{guess}'

    def _excluded(self) -> Iterator[str]:
        for key, pattern, guess in self._unmatched("exclude", self._settings.exclude):
            yield f'{key} "{pattern}" matches no operation of the document, so that it excludes nothing{guess}'

    def _unmatched(self, verb: str, selector: Selector) -> Iterator[tuple[str, str, str]]:
        """Yield key, pattern and a guess for each pattern that selects nothing within the other members."""
        for name, member in _MEMBERS.items() if self._known else ():
            for pattern in getattr(selector, member):
                alone = Selector(**{member: (pattern,)})
                if not any(matches(alone, one) for one in self._known):
                    guess = hint(pattern, self._values(name)).removesuffix("?").strip()
                    yield f"{verb}-{name}", pattern, f" ({guess[0].lower()}{guess[1:]}?)" if guess else ""

    def _values(self, name: str) -> Iterator[str]:
        for one in self._known:
            match name:
                case "path":
                    yield one.key.path
                case "method":
                    yield one.key.method
                case "tag":
                    yield from one.tags
                case _:
                    yield one.operation_id


def removed_unprobed(
    removed: Sequence[Candidate], checks: Collection[Check], rules: Collection[str]
) -> tuple[UndecidedOperation, ...]:
    """Return an entry for removed operations that no check of the run probes: they may still answer."""
    if not removed or (CHECK in checks and UNDOCUMENTED_ENDPOINT in rules):
        return ()
    names = ", ".join(f"{one.method} {one.path}" for one in removed[:MOST_NAMED])
    more = f" and {len(removed) - MOST_NAMED:,} more" if len(removed) > MOST_NAMED else ""
    reason = (
        f"{with_verb(len(removed), 'removed operation', 'was', 'were')} not probed, because the check "
        f"{CHECK.name} was not run: {names}{more}"
    )
    return (Undecided(kind=UndecidedReason.NOT_SENT, reason=reason, advice=_RUN_CHECK).of(None),)


_WITHHELD = {
    NEEDS_A_WORD: "they look destructive",
    NEEDS_CONTENT: "PUT replaces what is there, and the body is made up",
}


def not_sent(operations: Sequence[PlannedOperation]) -> Iterator[str]:
    """Name the header parameters and the operations that are not sent although the document or an option has them."""
    headers = dict.fromkeys(name for one in operations for name in one.operation.forbidden_headers)
    if headers:
        named = ", ".join(printable(name) for name in list(headers)[:MOST_WITHHELD])
        yield f"header parameters of the document that frame or route a request are not sent: {named}"
    for withheld, because in _WITHHELD.items():
        keys = [one.key for one in operations if one.withheld == withheld]
        if keys:
            named = ", ".join(printable(str(key)) for key in keys[:MOST_WITHHELD])
            more = f" and {len(keys) - MOST_WITHHELD:,} more" if len(keys) > MOST_WITHHELD else ""
            yield f"not sent, since {because} (--allow-destructive sends them): {named}{more}"
