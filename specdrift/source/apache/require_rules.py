"""Authorization: Require and its containers, and the older Order, Allow and Deny."""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayCaller
from specdrift.model.result.source import Guarding
from specdrift.source.apache.apache_values import ApacheRequest
from specdrift.source.apache.configuration.apache_directives import ApacheDirective, first_word
from specdrift.source.apache.configuration.known_directives import AUTHORIZATION
from specdrift.source.apache.sections import Effective, SectionLayer, condition
from specdrift.source.gateway.exchange import Undetermined

BY_USER = frozenset({"valid-user", "user", "group", "file-owner", "file-group"})


class Authorization(Enum):
    """The result of a rule."""

    GRANTED = auto()
    DENIED = auto()
    DENIED_NO_USER = auto()
    """Denied without a password."""
    NEUTRAL = auto()


class RequireRule(Struct, frozen=True):
    """A rule, or a container of rules."""

    kind: str
    """``require``, ``all``, ``any`` or ``none``."""
    location: SourceLocation | None
    directive: ApacheDirective | None = None
    rules: "tuple[RequireRule, ...]" = ()
    limited: tuple[frozenset[str], bool] | None = None
    """The methods that it is for; with True, those that it is not for."""


class AccessDenied(Struct, frozen=True):
    """A refusal, with the rule that decides."""

    status: int
    at: SourceLocation | None
    guard: Guarding = Guarding.NONE


def rules_in_force(effective: Effective) -> RequireRule | None:
    """Return the rules that decide: those of the last section that has some, or merged as AuthMerging asks for."""
    found: RequireRule | None = None
    for layer in effective.layers:
        rules = tuple(_rules(layer.directives, None))
        merging = next((one for one in reversed(layer.directives) if one.name == "authmerging"), None)
        how = merging.arg(0).lower() if merging else ""
        if not rules and not how:
            continue
        own = RequireRule("any", rules[0].location, rules=rules) if rules else None
        if how in ("and", "or") and found is not None and own is not None:
            found = RequireRule("all" if how == "and" else "any", own.location, rules=(found, own))
        elif how in ("and", "or"):
            found = own or found
        else:
            found = own
    return found


def _rules(
    directives: Iterable[ApacheDirective], limited: tuple[frozenset[str], bool] | None
) -> Iterator[RequireRule]:
    for one in directives:
        if one.name in ("limit", "limitexcept"):
            methods = frozenset(word.upper() for word in one.args)
            yield from _rules(one.block, (methods, one.name == "limitexcept"))
        elif one.name == "require":
            yield RequireRule("require", one.location, one, limited=limited)
        elif one.name in AUTHORIZATION:
            inner = tuple(_rules(one.block, limited))
            if limited is not None or any(rule.limited is not None for rule in inner):
                raise Undetermined("Limit among the rules of a container", one.location)
            yield RequireRule(one.name.removeprefix("require"), one.location, rules=inner, limited=limited)


def denied(effective: Effective, request: ApacheRequest, *, fake_password: bool) -> AccessDenied | None:
    """Return the refusal of a request; ``None`` if it is granted. Raises Undetermined and NotAssumed."""
    rule = rules_in_force(effective)
    if rule is None:
        return None
    if not _is_for(rule, request):
        return None
    result = _applied(rule, request, fake_password=fake_password)
    if result is Authorization.GRANTED:
        return None
    place = _decisive(rule)
    if result is Authorization.DENIED_NO_USER:
        return AccessDenied(401, place, Guarding.TOKEN)
    return AccessDenied(403, place)


def _decisive(rule: RequireRule) -> SourceLocation | None:
    while rule.rules:
        rule = rule.rules[0]
    return rule.location


def _applied(rule: RequireRule, request: ApacheRequest, *, fake_password: bool) -> Authorization:
    request.spend()
    if rule.limited is not None:
        methods, other = rule.limited
        named = ("GET" if request.method == "HEAD" else request.method) in methods
        if named is other:
            return Authorization.NEUTRAL
    if rule.directive is not None:
        return _required(rule.directive, request, fake_password=fake_password)
    results = [
        result
        for result in (_applied(one, request, fake_password=fake_password) for one in rule.rules)
        if result is not Authorization.NEUTRAL
    ]
    if rule.kind == "all" and not results:
        raise Undetermined("a container of rules that only deny", rule.location)
    if rule.kind == "none":
        return Authorization.DENIED if Authorization.GRANTED in results else Authorization.NEUTRAL
    return _all_of(results) if rule.kind == "all" else _any_of(results)


def _is_for(rule: RequireRule, request: ApacheRequest) -> bool:
    """Return whether a rule, or one in a container, is for the method."""
    if rule.directive is None:
        return any(_is_for(one, request) for one in rule.rules)
    if rule.limited is None:
        return True
    methods, other = rule.limited
    return (("GET" if request.method == "HEAD" else request.method) in methods) is not other


def _all_of(results: Sequence[Authorization]) -> Authorization:
    for one in (Authorization.DENIED, Authorization.DENIED_NO_USER):
        if one in results:
            return one
    return Authorization.GRANTED if results else Authorization.NEUTRAL


def _any_of(results: Sequence[Authorization]) -> Authorization:
    for one in (Authorization.GRANTED, Authorization.DENIED_NO_USER, Authorization.DENIED):
        if one in results:
            return one
    return Authorization.NEUTRAL


def _required(one: ApacheDirective, request: ApacheRequest, *, fake_password: bool) -> Authorization:
    kind, rest = first_word(one.written)
    negated = kind.lower() == "not"
    if negated:
        kind, rest = first_word(rest)
    result = _provided(one, kind.lower(), rest, request, fake_password=fake_password)
    if not negated:
        return result
    return Authorization.DENIED if result is Authorization.GRANTED else Authorization.NEUTRAL


def _provided(
    one: ApacheDirective, kind: str, rest: str, request: ApacheRequest, *, fake_password: bool
) -> Authorization:
    if kind in BY_USER:
        if "authorization" in request.headers or fake_password:
            raise Undetermined("a password", one.location)
        return Authorization.DENIED_NO_USER
    return Authorization.GRANTED if _is_granted(one, kind, rest, request) else Authorization.DENIED


def _is_granted(one: ApacheDirective, kind: str, rest: str, request: ApacheRequest) -> bool:
    words = tuple(word.strip("\"'").lower() for word in rest.split())
    match kind:
        case "all":
            return words[:1] == ("granted",)
        case "ssl":
            return request.tls
        case "ssl-verify-client":
            return request.certificate is GatewayCaller.VALID
        case "method":
            return ("GET" if request.method == "HEAD" else request.method) in {word.upper() for word in words}
        case "env":
            return any(name in request.environment for name in rest.split())
        case "expr":
            return condition(one, rest, request)
    raise Undetermined(f"Require {kind}", one.location)


def by_address(layers: Iterable[SectionLayer], request: ApacheRequest) -> AccessDenied | None:
    """Return the refusal of Order, Allow and Deny; ``None`` if they let the request through. Raises Undetermined."""
    order, rules = "deny,allow", list[tuple[str, ApacheDirective]]()
    named: ApacheDirective | None = None
    for layer in layers:
        own = [one for one in layer.directives if one.name in ("order", "allow", "deny")]
        if not own:
            continue
        order, rules = "deny,allow", []
        for one in own:
            named = one
            if one.name == "order":
                order = one.written.replace(" ", "").lower()
            else:
                rules.append((one.name, one))
    if named is None:
        return None
    found = {kind: _any_address(rules, kind, request) for kind in ("allow", "deny")}
    if order in ("allow,deny", "mutual-failure"):
        refused = not found["allow"] or found["deny"]
    else:
        refused = found["deny"] and not found["allow"]
    return AccessDenied(403, named.location) if refused else None


def _any_address(rules: list[tuple[str, ApacheDirective]], kind: str, request: ApacheRequest) -> bool:
    unknown: Undetermined | None = None
    for name, one in rules:
        if name != kind:
            continue
        for word in one.args[1:]:
            if word.lower() == "all":
                return True
            variable = word.lower().startswith("env=")
            if variable and (word[4:].lstrip("!") in request.environment) is not word[4:].startswith("!"):
                return True
            if not variable:
                unknown = Undetermined("the client's address", one.location)
    if unknown is not None:
        raise unknown
    return False
