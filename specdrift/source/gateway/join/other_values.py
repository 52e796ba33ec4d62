"""Other values of path parameters: a configuration may decide otherwise for them than for the usual ones.

Each text of the configuration is tried as a value, whatever it is for: what compares paths with it, and how, is the
gateway's to know.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from urllib.parse import quote, unquote

from msgspec import Struct, field

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.path_index import PathIndex
from specdrift.model.contract.templates import EXPRESSION, fits, values_in, without_names
from specdrift.model.result.gateway import GatewayCaller, Passage
from specdrift.model.result.source import SourceFinding
from specdrift.model.result.verdict import Confidence
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.exchange import Decision, GatewayRequest
from specdrift.source.gateway.join.allowed_values import is_allowed
from specdrift.source.gateway.join.configured_texts import texts_of
from specdrift.source.gateway.join.escaping_values import escaping_targets
from specdrift.source.gateway.join.service_behind import ServiceBehind
from specdrift.source.gateway.join.tried_requests import further_choice
from specdrift.source.gateway.sameness import same_operation, same_service
from specdrift.source.gateway.truth import Unknown
from specdrift.source.gateway.views import DecidedRoute, ReadGateway, base_of
from specdrift.source.keys.same_object import SameObject

ANONYMOUS, VALID = GatewayCaller.ANONYMOUS, GatewayCaller.VALID
MOST_TARGETS = 1_000
"""Maximum number of targets of an operation that are tried at one server."""
USUAL = ("a", "A", "0", "12", "123456789", "a.b", "a-b", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "a" * 150)
"""Values that differ in what conditions count or compare, without their texts."""
_SAFE = "-._~!$&'()*+,;=:@"
"""Characters of a path segment (RFC 3986 §3.3)."""


class OtherValues(Struct, frozen=True, dict=True):
    """The values that are tried, of each gateway, and the paths that are documented beside a template."""

    contract: Contract
    _texts: dict[SameObject[ReadGateway], tuple[str, ...]] = field(default_factory=dict)
    """By the identity of the gateway."""

    @cached_property
    def _paths(self) -> PathIndex:
        paths = dict.fromkeys(one.key.path for one in self.contract.operations)
        return PathIndex(paths)

    def findings(
        self, one: DecidedRoute, operation: Operation, service: ServiceBehind
    ) -> Iterator[SourceFinding | Unknown]:
        """Yield the first request with another value that gets past a guarded server, or what is not known to."""
        unknown: Unknown | None = None
        for number, target in enumerate(self._targets(one, operation)):
            if number == MOST_TARGETS:
                unknown = unknown or Unknown(f"more than {MOST_TARGETS:,} texts that may be in paths", None)
                break
            found = _found(one, operation, target, service)
            if isinstance(found, SourceFinding):
                yield found
                return
            unknown = unknown or found
        if unknown is not None:
            yield unknown

    def escapes(self, one: DecidedRoute, operation: Operation) -> Iterator[str]:
        """Yield the targets with a value that is another path once it is decoded."""
        base = base_of(operation, self.contract)
        yield from escaping_targets(operation, one.target, base, self.texts_of(one.gateway))

    def _targets(self, one: DecidedRoute, operation: Operation) -> Iterator[str]:
        """Yield the targets with other values, each of them once."""
        base, path = base_of(operation, self.contract), operation.key.path
        usual = values_in(path, operation.target.partition("?")[0])
        if not usual:
            return
        query = one.target[len(one.target.partition("?")[0]) :]
        seen = {usual}
        for values in _values(operation, usual, base, self.texts_of(one.gateway)):
            if values not in seen:
                seen.add(values)
                filled = _filled(path, values)
                if not self._is_of_another(filled, path):
                    yield f"{base}{filled}{query}"

    def texts_of(self, gateway: ReadGateway) -> tuple[str, ...]:
        """Return the texts of a configuration."""
        known = self._texts.get(SameObject(gateway))
        if known is None:
            known = self._texts[SameObject(gateway)] = texts_of(gateway.configuration)
        return known

    def _is_of_another(self, filled: str, path: str) -> bool:
        """Return whether a path is that of another documented one, which has the same parts fixed, or more."""
        fixed = _fixed(path)
        others = (each for each in self._paths.candidates(filled) if each != path and fits(each, filled))
        return any(_fixed(each) >= fixed for each in others)


def _fixed(path: str) -> int:
    """Return the number of segments without an expression."""
    return sum("{}" not in segment for segment in without_names(path).split("/"))


def _filled(path: str, values: Sequence[str]) -> str:
    rest = iter(values)
    return EXPRESSION.sub(lambda _: next(rest), path)


def _values(
    operation: Operation, usual: tuple[str, ...], base: str, texts: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """Yield values of all parameters of a path: those of a whole path, and one of them at a time."""
    inputs = {each.name: each for each in operation.inputs if each.place is Place.PATH}
    names = [each[1:-1] for each in EXPRESSION.findall(operation.key.path)]
    plain = {
        each.name: quote(each.value, safe="") for each in operation.parameters if each.location == "path"
    }
    for text in texts:
        whole = values_in(operation.key.path, text.removeprefix(base)) if text.startswith("/") else None
        if whole and all(
            is_allowed(inputs.get(name), unquote(v)) for name, v in zip(names, whole, strict=True)
        ):
            yield tuple(quote(unquote(value), safe=_SAFE) for value in whole)
    for at, name in enumerate(names):
        # Styles such as `matrix` write more than the value: ``;id=1``.
        value, declared = plain.get(name, ""), inputs.get(name)
        if not value or value not in usual[at]:
            continue
        for other in _segments(texts, declared):
            written = usual[at].replace(value, quote(other, safe=_SAFE), 1)
            yield (*usual[:at], written, *usual[at + 1 :])


def _segments(texts: Sequence[str], declared: Input | None) -> Iterator[str]:
    """Yield the allowed values that are in texts: whole segments of paths, and behind another character."""
    allowed = declared.constraint.allowed if declared else ()
    yield from allowed
    for other in dict.fromkeys((*USUAL, *_in_texts(texts))):
        if is_allowed(declared, other):
            yield other


def _in_texts(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        for segment in text.split("/"):
            if segment and segment.isprintable():
                yield segment
                if not segment[0].isalnum():
                    yield f"a{segment}"


def _found(
    one: DecidedRoute, operation: Operation, target: str, service: ServiceBehind
) -> SourceFinding | Unknown | None:
    """Return what a client without a certificate gets with a target, by itself or with what else it may send.

    A route of a gateway in front need not set the header that a guard behind it looks at.
    """
    found = _of_target(one, operation, target, service, None)
    choice = further_choice(one) if found is None and one.gateway.group else None
    return found if choice is None else _of_target(one, operation, target, service, choice)


def _of_target(
    one: DecidedRoute, operation: Operation, target: str, service: ServiceBehind, choice: ClientChoice | None
) -> SourceFinding | Unknown | None:
    """Return what a client without a certificate gets with a target, if a valid certificate gets the operation."""
    anonymous = _decide(one, operation, ANONYMOUS, target, choice)
    if anonymous.passage.refused or anonymous.passage is Passage.REDIRECTED:
        return None
    if service.view is not None and _is_alike(anonymous, one.decisions[ANONYMOUS]):
        return None  # the service rejects both
    valid = _decide(one, operation, VALID, target, choice)
    same, reached = same_operation(anonymous, valid), same_service(anonymous, one.valid)
    if same is False or reached is False or not _is_the_resource(one, target, anonymous):
        return None
    for each in (same, reached):
        if isinstance(each, Unknown):
            return each
    guard = one.decisions[ANONYMOUS].at
    places = (guard, operation.location)
    finding = SourceFinding(
        rule="gateway-location-bypass",
        message=f"{operation.key.method} {target}{f' with {choice.what} of its choice' if choice else ''} "
        "reaches the service without a certificate; "
        f"{operation.key.path} is guarded for other values.",
        location=anonymous.route or anonymous.at or one.route.entry.location,
        confidence=Confidence.HIGH,
        operation=operation.key,
        related=tuple(dict.fromkeys(place for place in places if place)),
        subject="a value of a path parameter",
    )
    request = GatewayRequest.chosen(one.route.entry, ANONYMOUS, operation.key.method, target, choice)
    return service.past_guard(one, request, finding)


def _decide(
    one: DecidedRoute,
    operation: Operation,
    caller: GatewayCaller,
    target: str,
    choice: ClientChoice | None,
) -> Decision:
    return one.gateway.configuration.decide(
        GatewayRequest.chosen(one.route.entry, caller, operation.key.method, target, choice)
    )


def _is_alike(anonymous: Decision, usual: Decision) -> bool:
    """Return whether a service behind learns no more of a request than of the usual one."""
    fields = (anonymous.passage, anonymous.route, anonymous.upstream, anonymous.sent)
    return fields == (usual.passage, usual.route, usual.upstream, usual.sent)


def _is_the_resource(one: DecidedRoute, target: str, anonymous: Decision) -> bool:
    """Return whether the service gets the path of the value, as it gets that of the usual one."""
    if not anonymous.path or not one.valid.path:
        return True
    usual, sent = _path(one.target), _path(target)
    known, got = _path(one.valid.path), _path(anonymous.path)
    pairs = enumerate(zip(usual, sent, strict=False))
    same = next((at for at, (mine, yours) in pairs if mine != yours), min(len(usual), len(sent)))
    after = usual[same:]
    return not known.endswith(after) or got == known[: len(known) - len(after)] + sent[same:]


def _path(target: str) -> str:
    return unquote(target.partition("?")[0])
