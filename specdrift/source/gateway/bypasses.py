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
from specdrift.source.gateway.exchange import GatewayRequest
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
    for spelling in tried:
        yield from _of_spelling(one, operation, spelling, service, behind)


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
    same = decision.path == one.valid.path
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
