"""Looks for other spellings of a request that the gateway does not guard and the service takes for the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from specdrift.model.contract.operation import Operation
from specdrift.model.contract.templates import fits
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import SourceFinding, SourceRoute, SourceView
from specdrift.model.result.verdict import Confidence
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.rewritten_paths import MOST_PATHS
from specdrift.source.gateway.views import DecidedRoute
from specdrift.source.route_matcher import answers


def variants(target: str) -> Iterator[tuple[str, str]]:
    """Yield other spellings of a target, each with what is special about it."""
    path, question, query = target.partition("?")
    rest = question + query
    last = path.rpartition("/")[2]
    if last:
        encoded = f"%{ord(last[0]):02X}{last[1:]}"
        head = path.removesuffix(last)
        yield f"{head}{encoded}{rest}", "an escaped letter"
        yield f"{head}{last.swapcase()}{rest}", "another case"
        yield f"{head}.{quote('/', safe='')}{last}{rest}", "an escaped slash after a dot"
        yield f"{head}x/../{last}{rest}", "a dot segment"
        yield f"{path};x=1{rest}", "a path parameter"
        yield f"{path}/{rest}", "a slash at the end"
    yield f"/{path}{rest}", "a double slash"
    inner = path[1:].replace("/", "%2F")
    if "%2F" in inner:
        yield f"/{inner}{rest}", "an escaped slash"


def findings(
    one: DecidedRoute, operation: Operation, service: SourceView | None, behind: Sequence[SourceRoute]
) -> Iterator[SourceFinding]:
    """Yield the first spelling of each kind that gets through without a certificate."""
    method = operation.key.method
    tried = [_Spelling(target, what, method) for target, what in variants(one.target)]
    if method == "GET":
        tried.append(_Spelling(one.target, "the method HEAD", "HEAD"))
    if one.valid.path and one.valid.path != one.target:
        tried.append(_Spelling(one.valid.path, "the path as the service gets it", method))
    for spelling in tried:
        yield from _of_spelling(one, operation, spelling, service, behind)
    yield from _of_choices(one, operation)
    yield from _of_rewritten(one, operation)


def _of_rewritten(one: DecidedRoute, operation: Operation) -> Iterator[SourceFinding]:
    """Yield other routes of the server that hand an unguarded path on as that of the operation."""
    entry, method = one.route.entry, operation.key.method
    for rewritten in one.gateway.configuration.rewritten(entry)[:MOST_PATHS]:
        for target in rewritten.targets(one.valid.path):
            decision = one.gateway.configuration.decide(
                GatewayRequest(entry=entry, caller=GatewayCaller.ANONYMOUS, method=method, target=target)
            )
            if decision.passage is not Passage.FORWARDED or not _gets_the_same(decision, one.valid):
                continue
            guard = one.decisions[GatewayCaller.ANONYMOUS].at
            places = (decision.at, guard, operation.location)
            yield SourceFinding(
                rule="gateway-location-bypass",
                message=f"{method} {target} is handed to the service as {decision.path} without a certificate; "
                f"{operation.key.path} is guarded.",
                location=rewritten.at,
                confidence=Confidence.HIGH,
                operation=operation.key,
                related=tuple(dict.fromkeys(place for place in places if place)),
                subject="a path that is rewritten",
            )
            break


def _of_choices(one: DecidedRoute, operation: Operation) -> Iterator[SourceFinding]:
    """Yield the first of what clients can send of their own that turns the guard off."""
    for choice in one.gateway.configuration.choices(one.route.entry):
        decision = one.gateway.configuration.decide(
            GatewayRequest(
                entry=one.route.entry,
                caller=GatewayCaller.ANONYMOUS,
                method=operation.key.method,
                target=choice.target(one.target),
                headers=choice.headers,
                host=choice.host,
            )
        )
        if not _gets_the_same(decision, one.valid):
            continue
        guard = one.decisions[GatewayCaller.ANONYMOUS].at
        places = (guard, decision.route, decision.at, operation.location)
        yield SourceFinding(
            rule="gateway-request-bypass",
            message=f"A client without a certificate gets {operation.key} from {one.route.entry} "
            f"with {choice.what} of its choice.",
            location=choice.at,
            confidence=Confidence.HIGH,
            operation=operation.key,
            related=tuple(dict.fromkeys(place for place in places if place)),
            subject=choice.what,
        )
        return


def _gets_the_same(decision: Decision, valid: Decision) -> bool:
    """Return whether two requests get the same of the same service, whatever their arguments."""
    if decision.passage is Passage.FORWARDED and valid.passage is Passage.FORWARDED:
        same_path = decision.path.partition("?")[0] == valid.path.partition("?")[0]
        return same_path and bool(decision.upstream & valid.upstream)
    return (
        decision.passage is Passage.ANSWERED and valid.passage is decision.passage and valid.at == decision.at
    )


@dataclass(frozen=True, slots=True)
class _Spelling:
    target: str
    what: str
    method: str


def _of_spelling(
    one: DecidedRoute,
    operation: Operation,
    spelling: _Spelling,
    view: SourceView | None,
    behind: Sequence[SourceRoute],
) -> Iterator[SourceFinding]:
    entry, target, what, method = one.route.entry, spelling.target, spelling.what, spelling.method
    decision = one.gateway.configuration.decide(
        GatewayRequest(entry=entry, caller=GatewayCaller.ANONYMOUS, method=method, target=target)
    )
    if decision.passage is not Passage.FORWARDED or not decision.upstream & one.valid.upstream:
        return
    # A service need not answer HEAD.
    same = decision.path == one.valid.path and method == operation.key.method
    taken = same or view is None or any(_takes(route, decision.path, method) for route in behind)
    if not taken:
        return
    certain = same or view is not None
    guard = one.decisions[GatewayCaller.ANONYMOUS].at
    doubt = "" if certain else " It is a bypass if the service takes it for the same path."
    yield SourceFinding(
        rule="gateway-location-bypass",
        message=f"{method} {target} ({what}) reaches the service without a certificate; "
        f"{operation.key.path} is guarded.{doubt}",
        location=decision.route or decision.at or entry.location,
        confidence=Confidence.HIGH if certain else Confidence.LOW,
        severity=None if certain else Severity.NOTE,
        operation=operation.key,
        related=tuple(
            dict.fromkeys(p for p in (guard, *(route.location for route in behind), operation.location) if p)
        ),
        subject=what,
    )


def _takes(route: SourceRoute, path: str, method: str) -> bool:
    """Return whether the service answers a path with this route. Axum compares paths as they are sent."""
    return answers(route, method) and fits(route.path, path.partition("?")[0])
