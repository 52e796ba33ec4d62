"""Looks for other spellings of a request that the gateway does not guard and the service takes for the same."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from specdrift.model.contract.operation import Operation
from specdrift.model.contract.templates import fits
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import GatewayCaller, GatewayClientAuth, Passage
from specdrift.model.result.source import SourceFinding, SourceRoute, SourceView
from specdrift.model.result.verdict import Confidence
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import MOST_CHOICES, ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest, comparable
from specdrift.source.gateway.rewritten_paths import MOST_PATHS, RewrittenPath, goals
from specdrift.source.gateway.sameness import same_operation, same_service
from specdrift.source.gateway.truth import Truth, Unknown
from specdrift.source.gateway.views import DecidedRoute
from specdrift.source.route_matcher import answers

TAKEN_BEHIND = (
    "the service that gets a path as sent, which the gateway in front of it takes for the operation's"
)


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
        yield f"{head}./{last}{rest}", "a segment of one dot"
        yield f"{path};x=1{rest}", "a path parameter"
        yield f"{path}/{rest}", "a slash at the end"
    inner = path[1:].replace("/", "%2F")
    if "%2F" in inner:
        yield f"/{inner}{rest}", "an escaped slash"


def early_variants(target: str) -> Iterator[tuple[str, str]]:
    """Yield other spellings of the first segment of a target: a condition may look at the beginning alone."""
    yield f"/{target}", "a double slash"
    first, slash, rest = target.removeprefix("/").partition("/")
    if first and slash:
        yield f"/%{ord(first[0]):02X}{first[1:]}/{rest}", "an escaped letter"
        yield f"/{first.swapcase()}/{rest}", "another case"
        yield f"/x/../{first}/{rest}", "a dot segment"


def findings(
    one: DecidedRoute,
    operation: Operation,
    service: SourceView | None,
    behind: Sequence[SourceRoute],
    *,
    other_hosts: bool,
) -> Iterator[SourceFinding | Unknown]:
    """Yield the first spelling of each kind that gets through without a certificate, and what is not known to.

    ``other_hosts``: those that a client names are tried, too.
    """
    method = operation.key.method
    tried = [_Spelling(target, what, method) for target, what in variants(one.target)]
    if method == "GET":
        tried.append(_Spelling(one.target, "the method HEAD", "HEAD"))
    if one.valid.path and one.valid.path != one.target:
        tried.append(_Spelling(one.valid.path, "the path as the service gets it", method))
    certain: set[str] = set()
    for spelling in tried:
        for each in _of_spelling(one, operation, spelling, service, behind):
            certain |= {spelling.what} if _is_certain(each) else set()
            yield each
    kinds = {spelling.what for spelling in tried}
    for target, what in early_variants(one.target):
        found = _of_spelling(one, operation, _Spelling(target, what, method, early=True), service, behind)
        # Where only a service decides, one note of each kind suffices.
        told = (each for each in found if what not in kinds or isinstance(each, Unknown) or _is_certain(each))
        yield from told if what not in certain else ()
    yield from _of_beginnings(one, operation, service, behind)
    yield from _of_choices(one, operation, other_hosts=other_hosts)
    yield from _of_rewritten(one, operation)


def _of_beginnings(
    one: DecidedRoute, operation: Operation, service: SourceView | None, behind: Sequence[SourceRoute]
) -> Iterator[SourceFinding | Unknown]:
    """Yield the first target that begins as a condition wants it and gets through. Nothing else is yielded then."""
    doubtful: dict[bool, SourceFinding | Unknown] = {}
    for spelling in _begun(one, operation.key.method):
        found = (
            (spelling,)
            if isinstance(spelling, Unknown)
            else _of_spelling(one, operation, spelling, service, behind)
        )
        for each in found:
            if _is_certain(each):
                yield each
                return
            doubtful.setdefault(isinstance(each, Unknown), each)
    yield from doubtful.values()


def _is_certain(found: SourceFinding | Unknown) -> bool:
    return isinstance(found, SourceFinding) and found.severity is None


def _begun(one: DecidedRoute, method: str) -> "Iterator[_Spelling | Unknown]":
    """Yield the target behind each beginning of which a condition holds, alone and with what else clients choose."""
    choices = one.gateway.configuration.choices(one.route.entry)
    beginnings = [choice for choice in choices if choice.beginning]
    further = further_choice(one)
    for choice in beginnings[:MOST_CHOICES]:
        for spelled in client_choices.respelled(choice):
            yield _Spelling(one.target, spelled.what, method, spelled, early=True)
            if further is not None:
                sent = client_choices.together((spelled, further))
                yield _Spelling(one.target, sent.what, method, sent, early=True)
    if len(beginnings) > MOST_CHOICES:
        yield Unknown(f"more than {MOST_CHOICES} conditions on paths", beginnings[MOST_CHOICES].at)


def further_choice(one: DecidedRoute) -> ClientChoice | None:
    """Return the first choice of each kind together, beside the path and the host."""
    choices = one.gateway.configuration.choices(one.route.entry)
    first = client_choices.first_of_each(each for each in choices if not each.beginning and not each.host)
    return client_choices.together(first) if first else None


def _anonymous(one: DecidedRoute, method: str, target: str, choice: ClientChoice | None = None) -> Decision:
    """Decide a request of a client without a certificate to the same server."""
    return one.gateway.configuration.decide(
        GatewayRequest.chosen(one.route.entry, GatewayCaller.ANONYMOUS, method, target, choice)
    )


def _of_rewritten(one: DecidedRoute, operation: Operation) -> Iterator[SourceFinding | Unknown]:
    """Yield other routes of the server that hand an unguarded path on as that of the operation."""
    rewritten = one.gateway.configuration.rewritten(one.route.entry)
    if len(rewritten) > MOST_PATHS:
        yield Unknown(f"more than {MOST_PATHS} routes that rewrite paths", rewritten[MOST_PATHS].at)
    own = (one.valid.path, one.target)
    through = goals(rewritten[:MOST_PATHS], own)
    further = further_choice(one)
    for route in rewritten[:MOST_PATHS]:
        direct = (target for path in own for target in route.targets(path))
        chained = (target for path in through for target in route.inverted(path.partition("?")[0]))
        targets = tuple(dict.fromkeys((*direct, *chained)))
        requests: list[tuple[str, ClientChoice | None]] = [(target, None) for target in targets]
        requests += (request for path in own for request in route.filled(path))
        # The route may have conditions on what else clients send.
        requests += ((target, further) for target in targets if further is not None and target != one.target)
        yield from _of_route(one, operation, route, requests, further)


def _of_route(
    one: DecidedRoute,
    operation: Operation,
    route: RewrittenPath,
    requests: Iterable[tuple[str, ClientChoice | None]],
    further: ClientChoice | None,
) -> Iterator[SourceFinding | Unknown]:
    method, unknown = operation.key.method, list[Unknown]()
    if not route.is_read:
        meet = not route.upstream or comparable(route.upstream) & one.valid.upstream
        if meet and one.route.entry.client_auth is not GatewayClientAuth.REQUIRED:
            yield Unknown("an expression for paths that are rewritten", route.at)
        return
    left, elsewhere = deque(requests), set[str]()
    while left:
        path, choice = left.popleft()
        target = choice.target(path) if choice else path
        decision, same = _reaching(_anonymous(one, method, path, choice), one.valid)
        if further is not None and path not in elsewhere and _is_elsewhere(decision, one.valid):
            elsewhere.add(path)
            left.extend((path, each) for each in _each_choice(one))
        if isinstance(same, Unknown):
            unknown.append(same)
        elif same and decision.passage is Passage.FORWARDED:
            guard = one.decisions[GatewayCaller.ANONYMOUS].at
            places = (decision.at, guard, operation.location)
            yield SourceFinding(
                rule="gateway-location-bypass",
                message=f"{method} {target}{f' with {choice.what} of its choice' if choice else ''} is handed to the "
                f"service as {decision.path} without a certificate; "
                f"{operation.key.path} is guarded.",
                location=route.at,
                confidence=Confidence.HIGH,
                operation=operation.key,
                related=tuple(dict.fromkeys(place for place in places if place)),
                subject="a path that is rewritten",
            )
            return
    yield from unknown[:1]


def _is_elsewhere(decision: Decision, valid: Decision) -> bool:
    """Return whether another service gets the path of the operation: what clients send may choose the service."""
    own, meant = (each.path.partition("?")[0] for each in (decision, valid))
    return decision.passage is Passage.FORWARDED and own == meant and not decision.upstream & valid.upstream


def _each_choice(one: DecidedRoute) -> Iterator[ClientChoice]:
    """Yield each choice beside the path and the host, with the first of the other kinds."""
    choices = one.gateway.configuration.choices(one.route.entry)
    own = [each for each in choices if not each.beginning and not each.host][:MOST_CHOICES]
    first = client_choices.first_of_each(own)
    for each in own:
        yield client_choices.together((each, *(other for other in first if other.what != each.what)))


def _reaching(decision: Decision, valid: Decision) -> tuple[Decision, Truth]:
    """Return a decision, or the copy of the request that gets the operation instead, and whether it does."""
    for copy in decision.copies:
        if same_operation(copy, valid) is True:
            return copy, True
    return decision, same_operation(decision, valid)


def _of_choices(
    one: DecidedRoute, operation: Operation, *, other_hosts: bool
) -> Iterator[SourceFinding | Unknown]:
    """Yield the first of what clients can send of their own that turns the guard off."""
    choices = one.gateway.configuration.choices(one.route.entry)
    unknown: list[Unknown] = []
    if sum(not choice.beginning for choice in choices) > MOST_CHOICES:
        unknown.append(Unknown(f"more than {MOST_CHOICES} conditions on what clients send", choices[0].at))
    for choice in choices:
        if choice.beginning or (choice.host and not other_hosts):
            continue  # another spelling, or a host that the default server has
        decision = _anonymous(one, operation.key.method, one.target, choice)
        same = same_operation(decision, one.valid)
        if isinstance(same, Unknown):
            unknown.append(same)
        if same is not True:
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
    yield from unknown[:1]


@dataclass(frozen=True, slots=True)
class _Spelling:
    path: str
    """The target, without what the choice adds."""
    what: str
    method: str
    choice: ClientChoice | None = None
    early: bool = False
    """The beginning of the path is another one."""

    @property
    def target(self) -> str:
        return self.choice.target(self.path) if self.choice else self.path


def _of_spelling(
    one: DecidedRoute,
    operation: Operation,
    spelling: _Spelling,
    view: SourceView | None,
    behind: Sequence[SourceRoute],
) -> Iterator[SourceFinding | Unknown]:
    entry, target, what, method = one.route.entry, spelling.target, spelling.what, spelling.method
    decision = _anonymous(one, method, spelling.path, spelling.choice)
    reached = same_service(decision, one.valid)
    if reached is False:
        return
    # What is not known to be rewritten is taken as it was sent.
    path = decision.path or target
    # A gateway that takes dot segments away may do so before what is not known.
    hidden = (
        spelling.choice is not None
        and not spelling.choice.as_sent
        and decision.passage is Passage.UNKNOWN
        and not decision.path
    )
    # A service need not answer HEAD.
    same = (hidden or path == one.valid.path) and method == operation.key.method
    taken = same or view is None or any(_takes(route, path, method) for route in behind)
    if not taken:
        return
    certain = same or view is not None
    if isinstance(reached, Unknown):
        yield from (reached,) if certain else ()
        return
    if not certain and spelling.early and _is_taken_behind(one, decision, method):
        yield Unknown(TAKEN_BEHIND, decision.at)
        return
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


def _is_taken_behind(one: DecidedRoute, decision: Decision, method: str) -> bool:
    """Return whether a gateway behind has the route of the operation for a request, and not for other beginnings."""
    if decision.behind is None or decision.behind != one.valid.behind:
        return False
    return _anonymous(one, method, f"/x{one.target}").behind != one.valid.behind


def _takes(route: SourceRoute, path: str, method: str) -> bool:
    """Return whether the service answers a path with this route. Axum compares paths as they are sent."""
    return answers(route, method) and fits(route.path, path.partition("?")[0])
