"""Looks for the data of guarded operations in the answers to other requests of callers who must be refused.

A page for unknown paths may suggest customers, the answer to OPTIONS may list the choices of a field, and an open
operation may return records of another one. Sends only OPTIONS, and open operations with what the document offers, with
what it does not offer, and with inputs that point at guarded operations. The answers of the whole run are searched,
once for each that differs. Requests that claim another caller are left to their own checks.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.choices.open_inputs import chosen, may_be_varied, pointed
from specdrift.checks.choices.pointers import PointerKind, PointingValue, pointers
from specdrift.checks.choices.unoffered import unoffered
from specdrift.checks.core.base import SAFE_METHODS, Check, Conclusions, PlanContext
from specdrift.checks.core.confirm import caller_phrase, ids_of, probe_ids, role_phrase
from specdrift.checks.core.undecided import INTENDED, Undecided
from specdrift.checks.sharing.other_operations import few
from specdrift.checks.undocumented.candidates import path_targets
from specdrift.checks.undocumented.leak_search import (
    POINTING_AT,
    POINTING_NEAR,
    UNOFFERED,
    Leak,
    LeakSearch,
)
from specdrift.checks.undocumented.pushes import guarded_pushes, open_pages
from specdrift.classify.check_names import UNKNOWN_PATH
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import HTTP_2, Phase, Probe, ProbeTag, Request
from specdrift.model.plural import plural
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import DATA_ELSEWHERE

NAME = "data-elsewhere"
ORIGIN = "https://example.com"
MOST_SHOWN = 4
MOST_VARIED = 10
"""Open operations that get what the document does not offer; all with ``exhaustive``."""
MOST_TARGETS = 3
"""Guarded operations that inputs of open ones point at."""
NAMING = frozenset({PointerKind.PATH, PointerKind.URL, PointerKind.SELECTION})
"""Pointers that mean the operation, and nothing else."""


class DataElsewhereCheck(Struct, frozen=True):
    """Data of guarded operations in answers to other requests."""

    name: str = NAME
    rules: frozenset[str] = frozenset({DATA_ELSEWHERE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """OPTIONS, resources that do not exist, and the choices of open operations."""
        if context.guarded:
            yield from self._options(context)
            yield from self._absent(context)
            yield from self._choices(context)
            yield from self._unoffered(context)
            yield from self._over_http2(context)

    def _over_http2(self, context: PlanContext) -> Iterator[Probe]:
        """Yield a few open operations over HTTP/2, where a server may push others."""
        for planned in few(open_pages(context), MOST_TARGETS, context):
            why = "whether the server pushes data of guarded operations"
            probe = self._probe(context, planned.key, planned.request, "over HTTP/2", why)
            yield replace(probe, connection=replace(probe.connection, alpn=HTTP_2))

    def _options(self, context: PlanContext) -> Iterator[Probe]:
        """Yield OPTIONS on each documented path, also as a browser sends it before a request of another origin (Fetch,
        CORS protocol).
        """
        why = "whether OPTIONS tells data of operations"
        for key, target in path_targets(context).items():
            if not context.documented("OPTIONS", target):
                request = Request(method="OPTIONS", target=target)
                preflight = (("Origin", ORIGIN), ("Access-Control-Request-Method", key.method))
                yield self._probe(context, key, request, "OPTIONS", why)
                yield self._probe(
                    context, key, replace(request, headers=preflight), "OPTIONS of a preflight", why
                )

    def _absent(self, context: PlanContext) -> Iterator[Probe]:
        """Yield guarded requests for what does not exist: a handler that looks it up first may name others."""
        why = "whether the answer for a resource that does not exist tells of others"
        for planned in context.guarded:
            absent = context.absent(planned) if planned.request.method in SAFE_METHODS else None
            if absent is not None:
                request = planned.request.to(absent.target)
                yield self._probe(context, planned.key, request, "a resource that does not exist", why)

    def _choices(self, context: PlanContext) -> Iterator[Probe]:
        """Yield the choices of open operations: a scope may add guarded data."""
        why = "whether its optional parameters give data of guarded operations"
        for planned in filter(may_be_varied, context.operations):
            for name, request in chosen(planned, context.base_of(planned)):
                yield self._probe(context, planned.key, request, name, why)

    def _unoffered(self, context: PlanContext) -> Iterator[Probe]:
        """Yield open operations with undeclared and malformed inputs."""
        why = "whether what the document does not offer gives data of guarded operations"
        varied = list(filter(may_be_varied, context.operations))
        for planned in few(varied, MOST_VARIED, context):
            for name, request in unoffered(context, planned):
                probe = self._probe(context, planned.key, request, name, why)
                yield replace(probe, tag=ProbeTag(name=name, form=UNOFFERED))

    def _probe(
        self, context: PlanContext, operation: OperationKey, request: Request, name: str, why: str
    ) -> Probe:
        return Probe(
            check=self.name,
            operation=operation,
            identity=ANONYMOUS.name,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.MAIN,
            variant=name,
            tag=ProbeTag(name=name),
            why=why,
        )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Each parameter alone, where several were refused together; and inputs that point at guarded operations."""
        for exchange in log.by_check(self.name):
            http, request, added = exchange.observation.http, exchange.probe.request, exchange.probe.variant
            if http is None or request is None or 200 <= http.status < 300 or "&" not in added:
                continue
            if not request.target.endswith(added):
                continue
            usual = request.target.removesuffix(added)
            for one in added.split("&"):
                yield replace(
                    exchange.probe, request=request.to(usual + one), variant=one, tag=ProbeTag(name=one)
                )
        yield from self._pointing(context, log)

    def _pointing(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Yield the requests of open operations whose inputs point at guarded ones."""
        varied = [
            planned for planned in context.operations if may_be_varied(planned) and planned.operation.inputs
        ]
        pointing = _pointers(context, log) if varied else []
        why = "whether an input that points at a guarded operation gives its data"
        for planned in varied:
            for pointer, name, request in pointed(planned, context.base_of(planned), pointing):
                form = POINTING_AT if pointer.kind in NAMING else POINTING_NEAR
                probe = self._probe(context, planned.key, request, name, why)
                yield replace(probe, tag=ProbeTag(name=name, form=form))

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation whose data are elsewhere."""
        leaks: dict[OperationKey, list[Leak]] = defaultdict(list)
        for leak in LeakSearch(context, classifier).leaks():
            leaks[leak.found.operation].append(leak)
        opened = {
            each.declared: each for group in leaks.values() for each in group if _is_for_anyone(context, each)
        }
        return Conclusions(
            findings=tuple(_finding(context, each) for each in leaks.values()),
            undecided=(
                *(_undecided(key, leak) for key, leak in opened.items() if key),
                *guarded_pushes(context, classifier.log),
            ),
        )


def _pointers(context: PlanContext, log: ExchangeLog) -> list[PointingValue]:
    """Return the values that point at a few of the guarded operations, without those that take parameters."""
    classifier = log.classifier()
    search, origin = LeakSearch(context, classifier), f"https://{context.endpoint.authority}"
    guarded = [
        planned
        for planned in context.guarded
        if planned.request.method == "GET" and search.is_refused(ANONYMOUS, planned.key)
    ]
    plain = [planned for planned in guarded if "{" not in planned.key.path] or guarded
    return [
        pointer
        for planned in few(plain, MOST_TARGETS, context)
        for pointer in pointers(
            planned,
            origin,
            (each.body_excerpt for each in classifier.admitted_answers(planned.key)),
        )
    ]


def _is_for_anyone(context: PlanContext, leak: Leak) -> bool:
    return leak.is_offered and not context.identities[leak.exchange.probe.identity].is_control


def _undecided(operation: OperationKey, leak: Leak) -> UndecidedOperation:
    return Undecided(
        kind=UndecidedReason.DATA_OF_ANOTHER,
        reason=f"it gives callers without a certificate most of the data of {leak.found.operation}, which requires "
        "one, and the document does not show whether that is intended",
        advice=INTENDED,
    ).of(operation)


def _finding(context: PlanContext, leaks: list[Leak]) -> Finding:
    anonymous = ANONYMOUS.name
    best = min(leaks, key=lambda leak: (leak.is_offered, leak.exchange.probe.identity != anonymous))
    alike = [leak for leak in leaks if leak.is_offered == best.is_offered]
    identity = context.identities[best.exchange.probe.identity]
    return Finding(
        rule=DATA_ELSEWHERE,
        severity=Severity.WARNING if best.is_offered else Severity.ERROR,
        message=_message(context, best, alike, identity),
        operation=best.found.operation,
        identity=identity.name,
        profile=identity.profile or None,
        confidence=Confidence.HIGH if len(alike) > 1 else Confidence.MEDIUM,
        probes=probe_ids((best.exchange.probe.id,), ids_of(leak.exchange for leak in alike[:MOST_SHOWN])),
        subject=NAME,
    )


def _message(context: PlanContext, leak: Leak, alike: Iterable[Leak], identity: ClientIdentity) -> str:
    found, caller = leak.found, caller_phrase(identity)
    roles = next((p.operation.roles for p in context.operations if p.key == found.operation), frozenset())
    demand = f"requires a certificate{f' of {role_phrase(roles)}' if roles else ''}"
    what = f"({', '.join(found.members)}; {plural(found.entries, 'entry')})"
    if leak.is_offered:
        places = list(dict.fromkeys(str(each.declared) for each in (leak, *alike)))
        answers = f"the answer{'s' if len(places) > 1 else ''} to {' and '.join(places)}"
        return (
            f"{caller} gets most of the data of {found.operation} {what}, which {demand}, in {answers}, "
            "which the document allows this caller. If that is intended, accept it in the baseline; "
            "else remove the data there."
        )
    where = (
        "a path that does not exist"
        if leak.exchange.probe.check == UNKNOWN_PATH
        else f"{leak.request.method} {leak.request.target.partition('?')[0]}"
    )
    where += f" with {leak.exchange.probe.variant}" if leak.pointing else ""
    return (
        f"{caller} gets data of {found.operation} {what}, which {demand}, in the answer to {where} "
        f"(HTTP {leak.http.status})."
    )


CHECK: Check = DataElsewhereCheck()
