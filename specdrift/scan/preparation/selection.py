"""Which operations are asked, and how: the owner's selection, safety, and what is left out with a reason. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from specdrift.checks.core.base import SAFE_METHODS, PlannedOperation
from specdrift.checks.core.undecided import BY_HAND, VALUES, Undecided, not_allowed
from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.operation import Operation
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import SkipReason, UndecidedReason
from specdrift.model.result.result import Skipped
from specdrift.scan.preparation.credentials.operation_credentials import Credentials
from specdrift.settings import OperationSettings, Selector, Settings

LOGOUT = re.compile(
    r"(^|[/_.-])(log|sign)[-_]?(out|off)($|[/_.-])|(^|/)(revoke|shutdown|quit)($|/)", re.IGNORECASE
)
"""What ends a session or worse, by its path or operationId."""
ENDS_A_SESSION = Undecided(
    kind=UndecidedReason.NOT_SENT,
    reason="it looks as if it ended a session or service, and is not sent for that",
    how_to_decide="--include-logout asks it all the same, [[operations]] enabled = false with a reason leaves it out",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withholding:
    """Why operations are never sent whatever the owner says of unsafe methods; ``reason`` may use an operation's
    ``{missing}`` and ``{taken_for}``.
    """

    when: Callable[[Operation], bool]
    reason: str
    how_to_decide: str

    def doubt(self, operation: Operation) -> Undecided:
        """What is said of one of them."""
        reason = self.reason.format(missing=", ".join(operation.missing), taken_for=operation.taken_for)
        return Undecided(kind=UndecidedReason.NOT_SENT, reason=reason, how_to_decide=self.how_to_decide)


WITHHELD = (
    Withholding(
        when=lambda o: o.key.method == "TRACE",
        reason="TRACE is never sent: servers echo it before any handler",
        how_to_decide=BY_HAND,
    ),
    Withholding(when=lambda o: bool(o.missing), reason="no value for {missing}", how_to_decide=VALUES),
    Withholding(
        when=lambda o: o.taken_for is not None,
        reason="its values make it {taken_for}",
        how_to_decide=VALUES,
    ),
)
"""The first that fits counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """``secret_names`` are headers and parameters of the requests whose values no report may show."""

    subjects: tuple[PlannedOperation, ...]
    skipped: tuple[Skipped, ...]
    secret_names: tuple[str, ...]


def select(
    operations: Iterable[Operation],
    settings: Settings,
    *,
    bases: BasePaths,
    identities: Mapping[str, ClientIdentity] = MappingProxyType({}),
) -> Selection:
    """Sorts operations into those to be asked and those left out, each with a reason."""
    credentials = Credentials(schemes=settings.schemes, identities=identities, base_path=bases.common)
    subjects: list[PlannedOperation] = []
    skipped: list[Skipped] = []
    secret: dict[str, None] = {}
    for operation in operations:
        reason = _left_out(operation, settings)
        if reason is not None:
            skipped += (
                [Skipped(operation=operation.key, kind=SkipReason.FILTERED, reason=reason)] if reason else []
            )
            continue
        subject, names = _subject(operation, settings, credentials, bases)
        subjects.append(subject)
        secret.update(dict.fromkeys(names))
    return Selection(subjects=tuple(subjects), skipped=tuple(skipped), secret_names=tuple(secret))


def matches(selector: Selector, operation: Operation) -> bool:
    """Whether a selector means this operation."""
    return selector.matches(
        path=operation.key.path,
        method=operation.key.method,
        tags=operation.tags,
        operation_id=operation.operation_id,
    )


def _left_out(operation: Operation, settings: Settings) -> str | None:
    """Why an operation is not asked; ``""`` when it simply was not selected; ``None`` when it is asked."""
    if not matches(settings.selection.include, operation):
        return ""
    if not settings.selection.exclude.empty and matches(settings.selection.exclude, operation):
        return "excluded on the command line or in the configuration"
    for entry in entries_for(operation, settings.operations):
        if not entry.enabled:
            return entry.reason or "disabled in the configuration"
    return None


def entries_for(operation: Operation, entries: Sequence[OperationSettings]) -> list[OperationSettings]:
    """The ``[[operations]]`` entries that mean this operation, in their order."""
    return [
        entry
        for entry in entries
        if matches(entry.include, operation)
        and (entry.exclude.empty or not matches(entry.exclude, operation))
    ]


def _ends_a_session(operation: Operation) -> bool:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation.operation_id)
    return bool(LOGOUT.search(operation.key.path) or LOGOUT.search(name))


def _subject(
    operation: Operation, settings: Settings, credentials: Credentials, bases: BasePaths
) -> tuple[PlannedOperation, tuple[str, ...]]:
    mode, withheld = _mode(operation, settings)
    base = bases.of(operation)
    if base is None:
        # Asked below the base URL it would be judged by what is at another place.
        mode, withheld = UnsafeMethods.NEVER, _elsewhere(operation, bases)
    elif base != bases.common:
        credentials = replace(credentials, base_path=base)
    subject = PlannedOperation(
        operation=operation,
        request=credentials.request(operation),
        mode=mode,
        withheld=withheld,
        base_path=base if base != bases.common else None,
        unsafe_allowed=_allowed(operation, settings) is UnsafeMethods.SEND,
    )
    return credentials.accompany(subject), credentials.secret_names(operation)


def _elsewhere(operation: Operation, bases: BasePaths) -> Undecided:
    """Why an operation whose own servers are not at the target is not asked, and how it can be."""
    urls = ", ".join(operation.servers)
    there = next((url for url in operation.servers if url.startswith("https://")), "that https server")
    return Undecided(
        kind=UndecidedReason.NOT_SENT,
        reason=f"the document has it at servers of its own, {urls}, which are not at {bases.base_url}",
        how_to_decide=f"check it by itself with {there} as the base URL (--include-path '{operation.key.path}'), "
        "or write its server relative to the base URL",
    )


def _mode(operation: Operation, settings: Settings) -> tuple[UnsafeMethods, Undecided | None]:
    """How it may be asked, and why not at all."""
    method = operation.key.method
    withheld = next((one.doubt(operation) for one in WITHHELD if one.when(operation)), None)
    if withheld is not None:
        return UnsafeMethods.NEVER, withheld
    mode = UnsafeMethods.SEND if method in SAFE_METHODS else _allowed(operation, settings)
    if mode is UnsafeMethods.SEND and _ends_a_session(operation) and not settings.selection.include_logout:
        return UnsafeMethods.NEVER, ENDS_A_SESSION
    return mode, not_allowed(method) if mode is UnsafeMethods.NEVER else None


def _allowed(operation: Operation, settings: Settings) -> UnsafeMethods:
    """What the owner says of methods that may change things: the last entry for the operation, or the run's word."""
    own = [e.unsafe_methods for e in entries_for(operation, settings.operations) if e.unsafe_methods]
    return own[-1] if own else settings.selection.unsafe_methods
