"""Looks for other spellings of a request that the gateway does not guard and the service takes for the same."""

from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import quote

from msgspec import Struct

from specdrift.model.contract.operation import Operation
from specdrift.model.result.drift import Severity
from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import MOST_CHOICES, ClientChoice
from specdrift.source.gateway.exchange import Decision
from specdrift.source.gateway.join.rewritten_requests import of_rewritten
from specdrift.source.gateway.join.service_behind import ServiceBehind
from specdrift.source.gateway.join.tried_requests import anonymous, are_equivalent, chosen, further_choice
from specdrift.source.gateway.sameness import same_operation, same_service
from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.views import DecidedRoute
from specdrift.source.route_matcher import answers

NOT_READ = (
    "the path as sent, and the service behind, which was not read, may take another spelling for the same"
)
TAKEN_BEHIND = (
    "the service that gets a path as sent, which the gateway in front of it takes for the operation's"
)

CHANGED_BEHIND = "the service, which changes the path or the method of requests before it selects a route"
CHANGED = "a path that the service changes"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


ESCAPED = "an escaped path in a parameter"


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
    service: ServiceBehind,
    *,
    escapes: Iterable[str],
    other_hosts: bool,
) -> Iterator[SourceFinding | Unknown]:
    """Yield the first spelling of each kind that gets through without a certificate, and what is not known to.

    ``escapes``: targets with a value that is another path once it is decoded. ``other_hosts``: those that a client
    names are tried, too.
    """
    method = operation.key.method
    tried = [_Spelling(target, what, method) for target, what in variants(one.target)]
    if method == "GET":
        tried.append(_Spelling(one.target, "the method HEAD", "HEAD"))
    if one.valid.path and one.valid.path != one.target:
        tried.append(_Spelling(one.valid.path, "the path as the service gets it", method))
    certain: set[str] = set()
    for spelling in tried:
        for each in _of_spelling(one, operation, spelling, service):
            certain |= {spelling.what} if _is_certain(each) else set()
            yield each
    kinds = {spelling.what for spelling in tried}
    for target, what in early_variants(one.target):
        found = _of_spelling(one, operation, _Spelling(target, what, method, early=True), service)
        # Where only a service decides, one note of each kind suffices.
        reported = (
            each for each in found if what not in kinds or isinstance(each, Unknown) or _is_certain(each)
        )
        yield from reported if what not in certain else ()
    yield from _of_beginnings(one, operation, service)
    yield from _first(_of_escapes(one, operation, service, escapes))
    yield from _of_choices(one, operation, service, other_hosts=other_hosts)
    yield from of_rewritten(one, operation, service)
    yield from islice(_of_changed_paths(one, operation, service), 1)


def _of_escapes(
    one: DecidedRoute, operation: Operation, service: ServiceBehind, escapes: Iterable[str]
) -> Iterator[SourceFinding | Unknown]:
    """Yield the targets that the service gets as they are sent."""
    method = operation.key.method
    for target in escapes:
        if anonymous(one, method, target).path == target:
            yield from _of_spelling(one, operation, _Spelling(target, ESCAPED, method), service)


def _of_beginnings(
    one: DecidedRoute, operation: Operation, service: ServiceBehind
) -> Iterator[SourceFinding | Unknown]:
    """Yield the first target that begins as a condition wants it and gets through. Nothing else is yielded then."""
    doubtful: dict[bool, SourceFinding | Unknown] = {}
    for spelling in _begun(one, operation.key.method):
        found = (
            (spelling,) if isinstance(spelling, Unknown) else _of_spelling(one, operation, spelling, service)
        )
        for each in found:
            if _is_certain(each):
                yield each
                return
            doubtful.setdefault(isinstance(each, Unknown), each)
    yield from doubtful.values()


def _of_changed_paths(
    one: DecidedRoute, operation: Operation, service: ServiceBehind
) -> Iterator[SourceFinding | Unknown]:
    """Yield what the service turns into the operation's path; what it may turn into that is not known to be guarded."""
    change = service.path_change
    if change is None:
        return
    method = operation.key.method
    for path in change.others(one.target):
        found = _of_spelling(one, operation, _Spelling(path, CHANGED, method), service)
        yield from filter(_is_certain, found)
    others = [path for path in service.other_paths if service.takes(path, method) is not False]
    tried = [(method, path) for path in (f"/x{one.target}", *others)]
    for sent, path in (*tried, *((other, one.target) for other in METHODS if other != method)):
        decision = anonymous(one, sent, path)
        if same_service(decision, one.valid) is False:
            continue
        spelling = _Spelling(path, CHANGED, sent)
        finding = _finding(one, operation, spelling, decision, service, certain=False)
        if service.past_guards(one, chosen(one, sent, path, None), finding) is not None:
            yield Unknown(CHANGED_BEHIND, change.at)


def _first(every: Iterable[SourceFinding | Unknown]) -> Iterator[SourceFinding | Unknown]:
    """Yield the first finding, or else the first of what is not known."""
    unknown: Unknown | None = None
    for each in every:
        if isinstance(each, SourceFinding):
            yield each
            return
        unknown = unknown or each
    yield from () if unknown is None else (unknown,)


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


def _of_choices(
    one: DecidedRoute, operation: Operation, service: ServiceBehind, *, other_hosts: bool
) -> Iterator[SourceFinding | Unknown]:
    """Yield the first of what clients can send of their own that turns the guard off."""
    choices = one.gateway.configuration.choices(one.route.entry)
    unknown: list[Unknown] = []
    if sum(not choice.beginning for choice in choices) > MOST_CHOICES:
        unknown.append(Unknown(f"more than {MOST_CHOICES} conditions on what clients send", choices[0].at))
    for choice in choices:
        if choice.beginning or (choice.host and not other_hosts):
            continue  # another spelling, or a host that the default server has
        decision = anonymous(one, operation.key.method, one.target, choice)
        same = same_operation(decision, one.valid)
        if isinstance(same, Unknown):
            unknown.append(same)
        if same is not True:
            continue
        guard = one.decisions[GatewayCaller.ANONYMOUS].at
        places = (guard, decision.route, decision.at, operation.location)
        finding = SourceFinding(
            rule="gateway-request-bypass",
            message=f"A client without a certificate gets {operation.key} from {one.route.entry} "
            f"with {choice.what} of its choice.",
            location=choice.at,
            confidence=Confidence.HIGH,
            operation=operation.key,
            related=tuple(dict.fromkeys(place for place in places if place)),
            subject=choice.what,
        )
        request = chosen(one, operation.key.method, one.target, choice)
        found = service.past_guards(one, request, finding)
        if isinstance(found, SourceFinding):
            yield found
            return
        unknown += [found] if found is not None else []
    yield from unknown[:1]


class _Spelling(Struct, frozen=True):
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
    service: ServiceBehind,
) -> Iterator[SourceFinding | Unknown]:
    method = spelling.method
    decision = anonymous(one, method, spelling.path, spelling.choice)
    reached = same_service(decision, one.valid)
    if reached is False:
        return
    # What is not known to be rewritten is taken as it was sent.
    path = decision.path or spelling.target
    # A gateway that takes dot segments away may do so before what is not known.
    hidden = (
        spelling.choice is not None
        and not spelling.choice.as_sent
        and decision.passage is Passage.UNKNOWN
        and not decision.path
    )
    # A service need not answer HEAD.
    same = (hidden or path == one.valid.path) and method == operation.key.method
    taken = same or _takes(one, service, path, method)
    if taken is False:
        return
    certain = taken is True
    if isinstance(reached, Unknown):
        yield from (reached,) if certain else ()
        return
    if not certain and spelling.early and _is_taken_behind(one, decision, method):
        yield Unknown(TAKEN_BEHIND, decision.at)
        return
    finding = _finding(one, operation, spelling, decision, service, certain=certain)
    request = chosen(one, method, spelling.path, spelling.choice)
    found = service.past_guards(one, request, finding)
    yield from () if found is None else (found,)
    if found is finding and service.view is None and are_equivalent(path, one.valid.path or one.target):
        yield from () if certain else (Unknown(NOT_READ, decision.at),)


def _finding(
    one: DecidedRoute,
    operation: Operation,
    spelling: _Spelling,
    decision: Decision,
    service: ServiceBehind,
    *,
    certain: bool,
) -> SourceFinding:
    guard = one.decisions[GatewayCaller.ANONYMOUS].at
    doubt = "" if certain else " It is a bypass if the service takes it for the same path."
    return SourceFinding(
        rule="gateway-location-bypass",
        message=f"{spelling.method} {spelling.target} ({spelling.what}) reaches the service without a certificate; "
        f"{operation.key.path} is guarded.{doubt}",
        location=decision.route or decision.at or one.route.entry.location,
        confidence=Confidence.HIGH if certain else Confidence.LOW,
        severity=None if certain else Severity.NOTE,
        operation=operation.key,
        related=tuple(
            dict.fromkeys(
                p for p in (guard, *(route.location for route in service.routes), operation.location) if p
            )
        ),
        subject=spelling.what,
    )


def _is_taken_behind(one: DecidedRoute, decision: Decision, method: str) -> bool:
    """Return whether a gateway behind has the route of the operation for a request, and not for other beginnings."""
    if decision.behind is None or decision.behind != one.valid.behind:
        return False
    return anonymous(one, method, f"/x{one.target}").behind != one.valid.behind


def _takes(one: DecidedRoute, service: ServiceBehind, path: str, method: str) -> bool | None:
    """Return whether the service takes a request for the operation, or for its HEAD; ``None`` if that is not known."""
    if path == one.valid.path and service.view is not None:
        return any(answers(route, method) for route in service.routes)
    return service.takes(path.partition("?")[0], method)
