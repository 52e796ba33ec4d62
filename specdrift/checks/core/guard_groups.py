"""Groups operations whose guards answer alike: what takes many requests is tried on one operation of each group. Pure.

Each operation is sent without a certificate, with one of an untrusted issuer, an expired one and valid ones. Those for
which the document requires the same, and that answer these callers alike, form a group. An operation with a guard of
its own is in a group of its own. As soon as one operation of a group deviates, all of them are tried.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from itertools import islice, takewhile

from msgspec import Struct, field

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.listener import refused_by_listener
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity, IdentityKind
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Phase

MOST_FOLDERS = 24
"""Folders whose operations do not share alterations with others."""
TELLING = frozenset(
    {
        "untrusted-issuer",
        "untrusted-issuer-alone",
        "untrusted-issuer-urls",
        "self-signed",
        "self-signed-own-key",
        "expired",
    }
)
"""The profiles that every operation gets: a handler may excuse one result of the verifier."""
VARYING = frozenset({"age", "content-length", "date", "etag", "last-modified", "set-cookie"})
"""Header fields that come and go without another guard."""


class GuardGroups(Struct, dict=True):
    """The group of each operation: by the document alone as long as nothing is sent (``log`` is ``None``)."""

    context: PlanContext
    log: ExchangeLog | None = None
    by_folder: bool = False
    """Also by the first segment in which the paths differ, and their depth: guards of prefixes and of single paths are
    passed in different ways.
    """
    _keys: dict[OperationKey, Hashable] = field(default_factory=dict)

    def of(self, planned: PlannedOperation) -> Hashable:
        """Return what the operations of its group have in common."""
        key = self._keys.get(planned.key)
        if key is None:
            key = self._keys[planned.key] = (self._declared(planned), *self._answers(planned))
        return key

    def refuses(self, planned: PlannedOperation, identity: ClientIdentity, classifier: Classifier) -> bool:
        """Return whether others of the operation's group got a certificate, and refused it each time."""
        group, by_key = self.of(planned), self.by_key
        alike = [
            exchange
            for exchange in self._sent.get(identity.name, ())
            if (other := by_key.get(exchange.probe.operation)) is not None and self.of(other) == group
        ]
        return bool(alike) and all(classifier.compared(exchange).outcome.refused for exchange in alike)

    def refused_by_listener(self, identity: ClientIdentity) -> list[Exchange]:
        """Return the exchanges of a generated certificate, if the listener refused it in each of them."""
        if identity.kind is not IdentityKind.GENERATED:
            return []
        sent = self._sent.get(identity.name, [])
        return sent if all(refused_by_listener(exchange.observation) for exchange in sent) else []

    @cached_property
    def by_key(self) -> Mapping[OperationKey | None, PlannedOperation]:
        """The operations by their keys."""
        return {planned.key: planned for planned in self.context.operations}

    @cached_property
    def _sent(self) -> Mapping[str, list[Exchange]]:
        """The plain requests of each identity to all operations."""
        found: dict[str, list[Exchange]] = defaultdict(list)
        for exchange in self.log.by_check(CERTIFICATE) if self.log else ():
            if exchange.probe.operation is not None:
                found[exchange.probe.identity].append(exchange)
        return found

    def _declared(self, planned: PlannedOperation) -> Hashable:
        operation = planned.operation
        alternatives = (
            frozenset((use.scheme.name, *use.scopes) for use in alternative)
            for alternative in operation.requirement.alternatives
        )
        return (
            planned.request.method,
            planned.mode,
            self.context.base_of(planned),
            operation.roles,
            frozenset(alternatives),
            (self._folder(operation.key.path), operation.key.path.count("/")) if self.by_folder else (),
        )

    def _folder(self, path: str) -> str:
        found = _segment(path, self._shared_segments)
        return found if found in self._folders else ""

    @cached_property
    def _folders(self) -> frozenset[str]:
        """The first few: each costs as many requests as all others together."""
        every = dict.fromkeys(_segment(p.key.path, self._shared_segments) for p in self.context.guarded)
        return frozenset(islice(every, MOST_FOLDERS))

    @cached_property
    def _shared_segments(self) -> int:
        """The number of segments with which every guarded path begins."""
        paths = [planned.key.path.strip("/").split("/") for planned in self.context.guarded]
        if len(paths) < 2:
            return 0
        # What the first and the last in order share, all between them share.
        pairs = zip(min(paths), max(paths), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def _answers(self, planned: PlannedOperation) -> Iterator[Hashable]:
        for identity in everywhere(self.context) if self.log is not None else ():
            exchanges = self.log.of(CERTIFICATE, planned.key, identity.name) if self.log else ()
            yield frozenset(
                (exchange.probe.connection.tls, _answer(exchange, valid=identity.is_control))
                for exchange in exchanges
                if exchange.probe.phase is not Phase.CONFIRM
            )


def _segment(path: str, shared: int) -> str:
    """Return the segment in which a path differs from others; empty for a parameter."""
    rest = path.strip("/").split("/")[shared:]
    return "" if not rest or rest[0].startswith("{") else rest[0]


def everywhere(context: PlanContext) -> tuple[ClientIdentity, ...]:
    """Return the callers that each operation is sent with: all but most of the generated certificates.

    An expired certificate is among them: where certificates are renewed, servers admit it on purpose.
    """
    configured = (i for i in context.identities.values() if i.kind is IdentityKind.CONFIGURED)
    generated = [i for i in context.refused if i.kind is IdentityKind.GENERATED]
    telling = [i for i in generated if i.name in TELLING]
    return (ANONYMOUS, *configured, *(telling or generated[:1]))


def _answer(exchange: Exchange, *, valid: bool) -> Hashable:
    """Return how the guard answered. The content of a success is the operation's own."""
    observation, http = exchange.observation, exchange.observation.http
    if http is None:
        return "refused" if refused_by_listener(observation) else observation.ending
    if valid and http.status < 400:
        return http.status // 100
    fields = frozenset(name for name, _ in http.headers) - VARYING
    return http.status, http.shape.kind, http.shape.skeleton, fields, http.header("server")


def decides(exchange: Exchange) -> bool:
    """Return whether an altered request was refused or not found, so that it need not be tried on alike operations."""
    http = exchange.observation.http
    if http is None:
        return exchange.observation.ending in (Ending.ALERT, Ending.CLOSED, Ending.NOT_SENT)
    return 400 <= http.status < 500
