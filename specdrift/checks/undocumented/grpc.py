"""Calls gRPC services of the listener without a certificate: health, reflection, and those of imported traffic.

Over HTTP/2 by gRPC itself. A listener without HTTP/2 is called by gRPC-Web, which frameworks for Connect speak too; it
has no streams of requests, such as reflection.

gRPC shares the listener with the API and is guarded by interceptors of its own; one for unary calls does not see
streams, such as reflection. Every call is a POST (gRPC over HTTP2, "Requests"). To send nothing unsafe to an API
without gRPC, GET comes first, and a call follows only where the answer to it is gRPC's.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import Check, Conclusions, PlanContext
from specdrift.checks.core.confirm import fresh, ids_of, probe_ids, repeat
from specdrift.checks.undocumented.grpc_answers import CallEvidence, evidence_of, is_grpc, is_method_refused
from specdrift.checks.undocumented.grpc_calls import (
    EMPTY,
    METHOD,
    NAME,
    READING,
    GrpcCall,
    fields_for,
)
from specdrift.checks.undocumented.wordlist import SEVERITY, EndpointKind
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.likeness import same_answer
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_2, Control, Probe, ProbeTag, Request
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped, Undocumented
from specdrift.model.result.verdict import Confidence
from specdrift.rules.ids import UNDOCUMENTED_ENDPOINT


class GrpcServices(Struct, frozen=True):
    """One finding for each method that runs without a certificate."""

    name: str = NAME
    rules: frozenset[str] = frozenset({UNDOCUMENTED_ENDPOINT})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """GET of the methods that read only, and of one that does not exist; calls of imported methods."""
        for call in _reading(context):
            if not call.instead_of:
                yield _get(call, context, headers=fields_for(context), why="whether gRPC answers here")
        if _reading(context):
            why = "the answer for a path that does not exist"
            yield replace(_get(_absent_method(context), context, headers=(), why=why), control=True)
        for call in _imported(context):
            yield call.probe(context, f"{call.source} has it: whether it runs without a certificate")

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Calls where gRPC answers, and the repetition and controls of calls that ran, or whose answer is unclear."""
        for call in _reading(context):
            if _is_sent(call, context, log) and not context.only_safe:
                yield call.probe(context, "whether the method runs without a certificate")
        for call in (*_reading(context), *_imported(context)):
            for exchange in _calls(log, call)[:1]:
                if evidence_of(exchange) in (CallEvidence.RAN, CallEvidence.UNCLEAR):
                    yield from _controls(call, context)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """Report the methods that ran twice, and that no path that does not exist resembles."""
        log = classifier.log
        every = (*_reading(context), *_imported(context))
        ran = [call for call in every if _ran(call, log)]
        unclear = [call.path for call in every if call not in ran and _is_unclear(call, log)]
        unclear += [call.path for call in _reading(context) if _is_unanswered(call, context, log)]
        return Conclusions(
            findings=tuple(_finding(call, log) for call in ran),
            undocumented=tuple(_endpoint(call, log) for call in ran),
            skipped=(*_undecided(self.name, unclear), *_not_called(self.name, context, log)),
        )


def _guards(context: PlanContext) -> bool:
    """Whether there is anything to bypass: operations that require a certificate."""
    return any(planned.is_guarded for planned in context.operations)


def _reading(context: PlanContext) -> tuple[GrpcCall, ...]:
    """Return the methods that need no permission, unless the document has their path."""
    if context.only_changed or not context.with_wordlist or not _guards(context):
        return ()
    streams = HTTP_2 in context.alpn
    return tuple(
        call
        for call in READING
        if (streams or not call.streams) and not context.documented("POST", call.path)
    )


def _imported(context: PlanContext, *, allowed: bool = True) -> tuple[GrpcCall, ...]:
    """Return the methods of imported traffic that may be called, or those that may not."""
    if not _guards(context):
        return ()
    own = {call.path for call in READING}
    return tuple(
        {
            one.target: GrpcCall(
                path=one.target,
                message=EMPTY,
                kind=EndpointKind.LEAKS,
                words="its answer to an empty message",
                source=one.source,
            )
            for one in context.candidates
            if one.method == "POST" and METHOD.fullmatch(one.target) and one.target not in own
            if one.unsafe_allowed is allowed and not context.documented("POST", one.target)
        }.values()
    )


def _absent_method(context: PlanContext) -> GrpcCall:
    """A method of a service that does not exist."""
    path = f"/{context.nonce}.Service/Check"
    return GrpcCall(path=path, message=EMPTY, kind=EndpointKind.SERVES, words="nothing")


def _get(call: GrpcCall, context: PlanContext, *, headers: tuple[tuple[str, str], ...], why: str) -> Probe:
    """Return GET of the same path."""
    request = Request(method="GET", target=call.path, headers=headers)
    return replace(call.probe(context, why), request=request, tag=call.get_tag, variant=f"GET {call.path}")


def _controls(call: GrpcCall, context: PlanContext) -> Iterator[Probe]:
    """The call again, a service that does not exist, and the call with a valid certificate."""
    probe = call.probe(context, "")
    yield from repeat(probe, times=1)
    control = replace(fresh(probe), control=True)
    absent = _absent_method(context)
    yield replace(
        control,
        request=replace(control.request, target=absent.path) if control.request else None,
        variant=f"call beside {call.path}",
        tag=replace(call.tag, control=Control.NEGATIVE),
        why="negative control: the same call of a service that does not exist",
    )
    for identity in context.accepted[:1]:
        yield replace(
            control,
            identity=identity.name,
            tag=replace(call.tag, control=Control.POSITIVE),
            why="positive control: the same call with a valid certificate",
        )


def _tagged(log: ExchangeLog, tag: ProbeTag) -> list[Exchange]:
    return [exchange for exchange in log.by_check(NAME) if exchange.probe.tag == tag]


def _calls(log: ExchangeLog, call: GrpcCall) -> list[Exchange]:
    """Return the call's exchanges without a certificate, the first one first."""
    return sorted(_tagged(log, call.tag), key=lambda exchange: exchange.probe.attempt)


def _controlled(log: ExchangeLog, call: GrpcCall, control: Control) -> list[Exchange]:
    return _tagged(log, replace(call.tag, control=control))


def _asked(log: ExchangeLog, call: GrpcCall) -> list[Exchange]:
    return _tagged(log, call.get_tag)


def _is_sent(call: GrpcCall, context: PlanContext, log: ExchangeLog) -> bool:
    """Return whether GET was answered in gRPC's way, or the method that it stands for is not implemented."""
    if call.instead_of:
        first = next((one for one in READING if one.path == call.instead_of), call)
        return any(evidence_of(exchange) is CallEvidence.ABSENT for exchange in _calls(log, first))
    unknown = [
        http
        for exchange in _asked(log, _absent_method(context))
        if (http := exchange.observation.http) is not None
    ]
    for exchange in _asked(log, call):
        http = exchange.observation.http
        if http is None:
            continue
        # A handler for POST of any path answers 405 to each of them.
        own = bool(unknown) and not any(same_answer(http, other) for other in unknown)
        if is_grpc(http) or (is_method_refused(http) and own):
            return True
    return False


def _ran(call: GrpcCall, log: ExchangeLog) -> bool:
    exchanges, negative = _calls(log, call), _controlled(log, call, Control.NEGATIVE)
    return (
        len(exchanges) > 1
        and all(evidence_of(exchange) is CallEvidence.RAN for exchange in exchanges)
        and bool(negative)
        and all(evidence_of(exchange) in (CallEvidence.REFUSED, CallEvidence.ABSENT) for exchange in negative)
    )


def _is_unclear(call: GrpcCall, log: ExchangeLog) -> bool:
    """Return whether a call that may have run is not decided. One that is absent for a valid certificate is."""
    if not any(evidence_of(each) in (CallEvidence.RAN, CallEvidence.UNCLEAR) for each in _calls(log, call)):
        return False
    valid = _controlled(log, call, Control.POSITIVE)
    return not valid or any(evidence_of(exchange) is not CallEvidence.ABSENT for exchange in valid)


def _is_unanswered(call: GrpcCall, context: PlanContext, log: ExchangeLog) -> bool:
    """Return whether GET failed where it does not fail for a path that does not exist."""
    unknown = {evidence_of(exchange) for exchange in _asked(log, _absent_method(context))}
    if _is_sent(call, context, log):
        return False
    return CallEvidence.UNCLEAR not in unknown and any(
        evidence_of(exchange) is CallEvidence.UNCLEAR and not _calls(log, call)
        for exchange in _asked(log, call)
    )


def _finding(call: GrpcCall, log: ExchangeLog) -> Finding:
    exchanges, positive = _calls(log, call), _controlled(log, call, Control.POSITIVE)
    ran = any(evidence_of(exchange) is CallEvidence.RAN for exchange in positive)
    protocol = "gRPC" if exchanges[0].probe.connection.alpn == HTTP_2 else "gRPC-Web"
    alike, source = ", as with a valid one" if ran else "", f" ({call.source})" if call.source else ""
    return Finding(
        rule=UNDOCUMENTED_ENDPOINT,
        severity=SEVERITY[call.kind],
        message=f"POST {call.path} runs, called by {protocol} without a certificate{alike}, and returns {call.words}: "
        f"operations of this listener require one, and the document does not have it{source}.",
        identity=ANONYMOUS.name,
        confidence=Confidence.HIGH,
        probes=probe_ids(ids_of(exchanges), ids_of(positive)),
        subject=call.subject,
    )


def _endpoint(call: GrpcCall, log: ExchangeLog) -> Undocumented:
    exchanges, positive = _calls(log, call), _controlled(log, call, Control.POSITIVE)
    http = exchanges[0].observation.http
    valid = [each.probe.identity for each in positive if evidence_of(each) is CallEvidence.RAN]
    return Undocumented(
        method="POST",
        path=call.path,
        kind=call.kind.value,
        status=http.status if http else 0,
        admitted=(ANONYMOUS.name, *valid),
        probes=probe_ids(ids_of(exchanges), ids_of(positive)),
        source=call.source,
    )


def _undecided(check: str, paths: Sequence[str]) -> Iterator[Skipped]:
    if paths:
        reason = (
            f"whether gRPC's {', '.join(dict.fromkeys(paths))} runs without a certificate is not established: the "
            "answers are neither a confirmed result nor a refusal"
        )
        yield Skipped(check=check, kind=SkipReason.UNDECIDABLE, reason=reason)


def _not_called(check: str, context: PlanContext, log: ExchangeLog) -> Iterable[Skipped]:
    """Yield one entry for the methods of gRPC that answers and is not called, and one for the imported ones."""
    missing = [call for call in _reading(context) if _is_sent(call, context, log) and not _calls(log, call)]
    if missing:
        names = ", ".join(call.path for call in missing)
        reason = (
            f"gRPC answers, and its {names} is not called (unsafe-methods = never, or the run ended before)"
        )
        yield Skipped(check=check, kind=SkipReason.FILTERED, reason=reason)
    paths = [call.path for call in _imported(context, allowed=False)]
    if paths:
        reason = (
            f"gRPC's {', '.join(paths)} of imported traffic is not called (--unsafe-methods send calls it)"
        )
        yield Skipped(check=check, kind=SkipReason.FILTERED, reason=reason)


CHECK: Check = GrpcServices()
