"""Selects operations and how to probe them. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.checks.core.base import SAFE_METHODS, PlannedOperation
from specdrift.checks.core.undecided import BY_HAND, NOT_ALLOWED, PROBE_LOGOUT, VALUES, Resolution, Undecided
from specdrift.model.contract.base_paths import BasePaths
from specdrift.model.contract.certificate_schemes import by_scheme
from specdrift.model.contract.operation import MADE_UP, Operation, ValueSource
from specdrift.model.contract.selector import Selector
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.policy import WITH_BODY, UnsafeMethods
from specdrift.model.result.reasons import Remedy, SkipReason, UndecidedReason
from specdrift.model.result.result import Skipped
from specdrift.scan.preparation.credentials.identity_values import with_own_values
from specdrift.scan.preparation.credentials.operation_credentials import Credentials
from specdrift.scan.preparation.destructive import destroys, has_hint
from specdrift.settings import OperationSettings, SchemeSettings, SelectionSettings

LOGOUT = re.compile(
    r"(^|[/_.-])(log|sign)[-_]?(out|off)($|[/_.-])|(^|/)(revoke|shutdown|quit)($|/)", re.IGNORECASE
)
"""Paths and operationIds of operations that end a session or stop the service."""
ENDS_A_SESSION = Undecided(
    kind=UndecidedReason.NOT_SENT,
    reason="it looks as if it ends a session or stops the service, and is not sent",
    advice=PROBE_LOGOUT,
)


class Withholding(Struct, frozen=True, kw_only=True):
    """Why some operations are never sent, whatever ``unsafe-methods`` allows."""

    when: Callable[[Operation], bool]
    reason: str
    """A template with the operation's ``{missing}`` and ``{taken_for}``."""
    advice: Resolution

    def undecided(self, operation: Operation) -> Undecided:
        """Return the reason for one operation."""
        reason = self.reason.format(missing=", ".join(operation.missing), taken_for=operation.taken_for)
        return Undecided(kind=UndecidedReason.NOT_SENT, reason=reason, advice=self.advice)


NOT_INCLUDED = "not among those to include, on the command line or in the configuration"
WITHHELD = (
    Withholding(
        when=lambda o: o.key.method == "TRACE",
        reason="TRACE is never sent: servers echo it before any handler",
        advice=BY_HAND,
    ),
    Withholding(when=lambda o: bool(o.missing), reason="no value for {missing}", advice=VALUES),
    Withholding(
        when=lambda o: o.taken_for is not None,
        reason="its values make it {taken_for}",
        advice=VALUES,
    ),
)
"""The first that applies."""


class Selection(Struct, frozen=True, kw_only=True):
    """The operations of a run."""

    operations: tuple[PlannedOperation, ...]
    skipped: tuple[Skipped, ...]
    secret_names: tuple[str, ...]
    """Headers and parameters of the requests whose values are redacted."""


class OperationSelector(Struct, frozen=True, kw_only=True):
    """Applies the configuration to the operations of a document."""

    selection: SelectionSettings
    bases: BasePaths
    entries: Sequence[OperationSettings] = ()
    """The ``[[operations]]`` entries; the last one that matches wins."""
    schemes: Mapping[str, SchemeSettings] = field(default_factory=dict)
    identities: Mapping[str, ClientIdentity] = field(default_factory=dict)

    distinguished: bool = False
    """Whether the operations name different mutualTLS schemes."""

    def below(self, servers: tuple[str, ...]) -> "OperationSelector":
        """Return the selector for another document, which has these servers."""
        return replace(self, bases=replace(self.bases, servers=servers))

    def select(self, operations: Iterable[Operation]) -> Selection:
        """Separate the operations to probe from those to skip."""
        credentials = self._credentials
        planned: list[PlannedOperation] = []
        skipped: list[Skipped] = []
        secret: dict[str, None] = {}
        for operation in operations:
            if reason := self._excluded(operation):
                skipped.append(Skipped(operation=operation.key, kind=SkipReason.FILTERED, reason=reason))
                continue
            planned.append(self._planned(operation, credentials))
            secret.update(dict.fromkeys(credentials.secret_names(operation)))
        return Selection(operations=tuple(planned), skipped=tuple(skipped), secret_names=tuple(secret))

    def _excluded(self, operation: Operation) -> str:
        """Return why an operation is not probed; empty if it is."""
        if not matches(self.selection.include, operation):
            return NOT_INCLUDED
        exclude = self.selection.exclude
        if not exclude.empty and matches(exclude, operation):
            return "excluded on the command line or in the configuration"
        disabled = (entry for entry in entries_for(operation, self.entries) if not entry.enabled)
        return next((entry.reason or "disabled in the configuration" for entry in disabled), "")

    def replanned(self, operation: Operation) -> PlannedOperation:
        """Return an operation, whose values have changed, with its requests."""
        return self._planned(operation, self._credentials)

    @property
    def _credentials(self) -> Credentials:
        return Credentials(schemes=self.schemes, identities=self.identities, base_path=self.bases.common)

    def _planned(self, operation: Operation, credentials: Credentials) -> PlannedOperation:
        """Return an operation with its requests, those of single identities with their own values."""
        operation = by_scheme(operation) if self.distinguished else operation
        if not operation.own:
            return self._plan_one(operation, credentials)
        return with_own_values(
            operation,
            self.identities,
            lambda variant, leader: self._plan_one(variant, replace(credentials, leader=leader)),
        )

    def _plan_one(self, operation: Operation, credentials: Credentials) -> PlannedOperation:
        """Return an operation with its requests, all with the same values."""
        mode, withheld = self._mode(operation)
        base = self.bases.of(operation)
        if base is None:
            # Below the base URL another service would answer.
            mode, withheld = UnsafeMethods.NEVER, _on_other_servers(operation, self.bases)
        elif base != self.bases.common:
            credentials = replace(credentials, base_path=base)
        planned = PlannedOperation(
            operation=operation,
            request=credentials.request(operation),
            mode=mode,
            withheld=withheld,
            base_path=base if base != self.bases.common else None,
            other_base_paths=self.bases.others_of(operation),
            unsafe_allowed=self._unsafe_methods(operation) is UnsafeMethods.SEND
            and self._is_variable(operation),
            destructive_allowed=self._allows_destructive(operation),
        )
        return credentials.with_credentials(planned)

    def _mode(self, operation: Operation) -> tuple[UnsafeMethods, Undecided | None]:
        """Return how to probe an operation, and why not if it is not sent."""
        method = operation.key.method
        withheld = next((one.undecided(operation) for one in WITHHELD if one.when(operation)), None)
        if withheld is not None:
            return UnsafeMethods.NEVER, withheld
        safe = method in SAFE_METHODS
        mode = UnsafeMethods.SEND if safe else self._unsafe_methods(operation)
        ends = _ends_a_session(operation)
        if mode in WITH_BODY and not self._allows_destructive(operation) and not (safe and ends):
            destructive = destroys(operation, mode)
            if destructive is not None:
                return UnsafeMethods.HANDSHAKE, destructive
        if mode is UnsafeMethods.HEADERS and not _decidable_by_head(operation):
            mode = UnsafeMethods.HANDSHAKE
        if mode is UnsafeMethods.SEND and ends and not self.selection.include_logout:
            return UnsafeMethods.NEVER, ENDS_A_SESSION
        return mode, NOT_ALLOWED if mode is UnsafeMethods.NEVER else None

    def _is_variable(self, operation: Operation) -> bool:
        """Return whether other unsafe methods may be sent to the target of an operation.

        A made-up value of a safe operation may name a resource, a learned one does, and so may the words of a
        destructive one.
        """
        safe = operation.key.method in SAFE_METHODS
        not_given = (*MADE_UP, ValueSource.LEARNED)
        made_up = any(p.location == "path" and p.source in not_given for p in operation.parameters)
        hinted = has_hint(operation.key.path, operation.operation_id, operation.summary)
        return not (safe and made_up) and (not hinted or self._allows_destructive(operation))

    def _allows_destructive(self, operation: Operation) -> bool:
        """Return the word of the last entry that has one, else that of the run."""
        own = [
            e.allow_destructive
            for e in entries_for(operation, self.entries)
            if e.allow_destructive is not None
        ]
        return own[-1] if own else self.selection.allow_destructive

    def _unsafe_methods(self, operation: Operation) -> UnsafeMethods:
        """Return the policy of the last entry that has one, else that of the run."""
        own = [e.unsafe_methods for e in entries_for(operation, self.entries) if e.unsafe_methods]
        return own[-1] if own else self.selection.unsafe_methods


def matches(selector: Selector, operation: Operation) -> bool:
    """Whether a selector matches an operation."""
    return selector.matches(
        path=operation.key.path,
        method=operation.key.method,
        tags=operation.tags,
        operation_id=operation.operation_id,
    )


def entries_for(operation: Operation, entries: Sequence[OperationSettings]) -> list[OperationSettings]:
    """Return the ``[[operations]]`` entries that match an operation, in their order."""
    return [
        entry
        for entry in entries
        if matches(entry.include, operation)
        and (entry.exclude.empty or not matches(entry.exclude, operation))
    ]


def _ends_a_session(operation: Operation) -> bool:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation.operation_id)
    return bool(LOGOUT.search(operation.key.path) or LOGOUT.search(name))


def _decidable_by_head(operation: Operation) -> bool:
    """Return whether a handler cannot do its work on the head alone: it needs a body.

    A server may run handlers at the head, so that an operation that ends a session is not worth the risk.
    """
    body = operation.body
    return body is not None and body.required and bool(body.content) and not _ends_a_session(operation)


def _on_other_servers(operation: Operation, bases: BasePaths) -> Undecided:
    """Return why an operation is not sent whose own servers are not at the target."""
    urls = ", ".join(operation.servers)
    url = next((each for each in operation.servers if each.startswith("https://")), "that https server")
    return Undecided(
        kind=UndecidedReason.NOT_SENT,
        reason=f"it has its own servers, {urls}, which are not at {bases.base_url}",
        advice=Resolution(
            Remedy.BASE_URL,
            f"check it separately with {url} as the base URL (--include-path '{operation.key.path}'), "
            "or write its server relative to the base URL",
        ),
    )
