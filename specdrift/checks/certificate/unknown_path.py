"""Requests paths that do not exist: the control that tells an operation's answer from a catch-all.

A single-page application, a soft 404 or a layer that answers 401 to everything is no evidence about an operation.
Each folder of the API gets one such request, since routers nest. Operations without a documented path below them get
one below, without a certificate: what a layer writes into header fields there (a limit, a version, a date of
retirement) is not the operation's. Where a client error decides nothing, the same caller requests a resource that does
not exist: what the operation says there has nothing of a resource.
"""

from collections.abc import Collection, Iterator
from itertools import accumulate, islice

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.assessment import callers_to_refuse
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.classify.check_names import ABSENT, BELOW, CERTIFICATE, UNKNOWN_PATH
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.unknown_paths import CLIENT_ERRORS
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Connection, Phase, Probe, Request
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.verdict import Outcome

MAX_FOLDERS = 20
MOST_CALLERS = 3
"""Callers that request a resource of an operation that does not exist."""
MAX_BELOW = 50
"""Operations that get a path below them, those with the shortest paths first: layers cover prefixes."""
DEEPEST = 3
"""Segments of a path below an operation: ``/orders/{id}`` may be documented, and ``/orders/{id}/{part}``."""


class UnknownPath(Struct, frozen=True):
    """One random path for each folder, method and caller (the anonymous one and the valid identities)."""

    name: str = UNKNOWN_PATH
    rules: frozenset[str] = frozenset()

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Random paths, sent before anything else."""
        paths, variants = unknown_paths(context), context.connection_variants
        for path in paths:
            for method in (m for m in methods(context) if not context.documented(m, path)):
                for caller in (ANONYMOUS.name, *(identity.name for identity in context.accepted)):
                    first = path == paths[0] and method == "GET" and caller != ANONYMOUS.name
                    for connection in variants if first else variants[: len(context.tls)]:
                        yield self._probe(path, method, caller, connection)
        for path in paths_below(context, paths):
            yield replace(self._probe(path, "GET", ANONYMOUS.name, variants[0]), tag=BELOW)

    def _probe(self, path: str, method: str, caller: str, connection: Connection) -> Probe:
        return Probe(
            check=self.name,
            operation=None,
            identity=caller,
            connection=connection,
            request=Request(method=method, target=path),
            phase=Phase.BEFORE,
            variant=" ".join((method, path, *connection.alpn, connection.endpoint.address)),
            control=True,
            why="the answer for a path that does not exist",
        )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Request a resource that does not exist where a client error for one that does decides nothing."""
        classifier = log.classifier()
        for planned in context.guarded:
            if planned.mode is UnsafeMethods.SEND and "{" in planned.key.path:
                callers = islice(_undecided_callers(context, planned, classifier), MOST_CALLERS)
                yield from (probe for caller in callers for probe in self._absent(context, planned, caller))

    def _absent(
        self, context: PlanContext, planned: PlannedOperation, caller: ClientIdentity
    ) -> Iterator[Probe]:
        request = context.absent(planned)
        if request is not None:
            probe = self._probe(request.target, request.method, caller.name, context.connection_variants[0])
            request = replace(planned.request_for(caller.name), target=request.target)
            why = "what the answer is for a resource that does not exist"
            yield replace(
                probe,
                operation=planned.key,
                request=request,
                tag=ABSENT,
                phase=Phase.MAIN,
                control=False,
                why=why,
            )

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:  # noqa: ARG002
        """Nothing: it is a control."""
        return Conclusions()


def _undecided_callers(
    context: PlanContext, planned: PlannedOperation, classifier: Classifier
) -> Iterator[ClientIdentity]:
    """Yield the callers to refuse that got a client error which decides nothing, the anonymous one first."""
    for identity in callers_to_refuse(context, planned):
        exchanges = classifier.log.of(CERTIFICATE, planned.key, identity.name)
        if any(
            exchange.observation.http is not None
            and exchange.observation.http.status in CLIENT_ERRORS
            and classifier.compared(exchange).outcome is Outcome.INCONCLUSIVE
            for exchange in exchanges
        ):
            yield identity


def methods(context: PlanContext) -> tuple[str, ...]:
    """Return the methods that are sent; GET always."""
    sent = {s.request.method for s in context.operations if s.mode is UnsafeMethods.SEND}
    return tuple(sorted(sent | {"GET"}))


def unknown_paths(context: PlanContext) -> tuple[str, ...]:
    """Return a random sibling in each folder that holds a documented path, outermost first."""
    folders = {context.base_of(planned) + folder(planned.key.path) for planned in context.operations}
    folders |= {"/", context.base_path + "/"}
    paths = (f"{name}{context.nonce}" for name in sorted(folders, key=lambda name: (name.count("/"), name)))
    unknown = (path for path in paths if not context.documented("GET", path))
    return tuple(islice(unknown, MAX_FOLDERS))


def paths_below(context: PlanContext, others: Collection[str]) -> tuple[str, ...]:
    """Return a random path below each guarded operation, without those below which ``others`` has one."""
    static = {
        context.base_of(planned) + planned.key.path.partition("{")[0].rstrip("/")
        for planned in context.guarded
    }
    known = {path.rpartition("/")[0] for path in others}
    paths = sorted(static - known, key=lambda path: (path.count("/"), path))
    below = (_undocumented(context, path) for path in paths if path)
    return tuple(islice(filter(None, below), MAX_BELOW))


def _undocumented(context: PlanContext, path: str) -> str:
    """Return a random path below this one that no operation has; empty if each may be one's."""
    deeper = accumulate([path] + [context.nonce] * DEEPEST, lambda above, segment: f"{above}/{segment}")
    return next((each for each in islice(deeper, 1, None) if not context.documented("GET", each)), "")


def folder(template: str) -> str:
    """Return the static folder of a path template: all before its last segment or first expression."""
    static = template.partition("{")[0]
    segments = static.rstrip("/") if "{" in template else static
    return segments.rpartition("/")[0] + "/"


CHECK: Check = UnknownPath()
