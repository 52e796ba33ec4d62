"""The access phase: addresses, passwords and subrequests."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.result.gateway import Passage
from specdrift.model.result.source import Guarding
from specdrift.source.gateway.exchange import Decision, Undetermined
from specdrift.source.nginx import inheritance
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.servers import Levels
from specdrift.source.nginx.variables import Variables

FORBIDDEN, UNAUTHORIZED = 403, 401
Subrequest = Callable[[str], Decision]
"""Decides a subrequest to a path."""


class Refusal(Struct, frozen=True):
    """A refusal in the access phase."""

    status: int
    at: Directive
    guard: Guarding = Guarding.NONE


def refusal(levels: Levels, variables: Variables, subrequest: Subrequest) -> Refusal | None:
    """Return the refusal of a request; ``None`` if it passes. Raises Undetermined."""
    found: list[Refusal | Undetermined | None] = []
    for check in (_addresses, _password, _subrequest):
        try:
            outcome = check(levels, variables, subrequest)
        except Undetermined as error:
            found.append(error)
            continue
        if outcome is not ABSENT:
            found.append(outcome.refusal)
    any_suffices = inheritance.setting(levels, "satisfy")
    if any_suffices is not None and any_suffices.first == "any":
        return _any_of(found)
    refusals = [one for one in found if isinstance(one, Refusal)]
    if refusals:
        # What is certain counts before what is not, whatever the order: the request is refused in both cases.
        return replace(refusals[0], guard=_all_of(refusals))
    for one in found:
        if isinstance(one, Undetermined):
            raise one
    return None


def _all_of(refusals: list[Refusal]) -> Guarding:
    """Return what refuses a request that has to pass every check: a password does not end a refusal by another."""
    return next((one.guard for one in refusals if one.guard is not Guarding.TOKEN), Guarding.TOKEN)


def _any_of(found: list[Refusal | Undetermined | None]) -> Refusal | None:
    if not found or None in found:
        return None
    for one in found:
        if isinstance(one, Undetermined):
            raise one
    refusals = [one for one in found if isinstance(one, Refusal)]
    shown = next((one for one in refusals if one.status == UNAUTHORIZED), refusals[-1])
    # A password ends the refusal.
    by_password = any(one.guard is Guarding.TOKEN for one in refusals)
    return replace(shown, guard=Guarding.TOKEN) if by_password else shown


class Checked(Struct, frozen=True):
    """The outcome of one check."""

    refusal: Refusal | None = None


ABSENT = Checked()
"""There is nothing to check; compared by identity."""


def limits(levels: Levels, method: str) -> Directive | None:
    """Return the block of ``limit_except`` of the innermost level, if it applies: to all methods but those it names."""
    for block in levels[-1].all("limit_except"):
        if method not in set(block.args) | ({"HEAD"} if "GET" in block.args else set()):
            return block
    return None


def _addresses(levels: Levels, _: Variables, __: Subrequest) -> Checked:
    for level in reversed(levels):
        first = next(iter(level.all("allow", "deny")), None)
        if first is None:
            continue
        if first.first != "all":
            raise Undetermined("the client's address", first.location)
        return Checked(Refusal(FORBIDDEN, first) if first.name == "deny" else None)
    return ABSENT


def _password(levels: Levels, variables: Variables, _: Subrequest) -> Checked:
    realm = inheritance.setting(levels, "auth_basic")
    if realm is None or realm.first == "off":
        return ABSENT
    if "authorization" in variables.facts.headers:
        raise Undetermined("a password", realm.location)
    return Checked(Refusal(UNAUTHORIZED, realm, Guarding.TOKEN))


def _subrequest(levels: Levels, variables: Variables, subrequest: Subrequest) -> Checked:
    target = inheritance.setting(levels, "auth_request")
    if target is None or target.first == "off":
        return ABSENT
    uri = variables.text(target.first)
    if not uri.exact:
        raise Undetermined("the path of a subrequest", target.location)
    answer = subrequest(uri.content)
    match answer.passage:
        case Passage.FORWARDED:
            raise Undetermined("the answer of an authorization service", target.location)
        case Passage.UNKNOWN:
            raise Undetermined(answer.reason, answer.at)
        case Passage.ANSWERED:
            if answer.status is None:
                raise Undetermined("the file that a subrequest gets", target.location)
            return Checked() if 200 <= answer.status < 300 else Checked(Refusal(500, target))
    status = answer.status if answer.status in (UNAUTHORIZED, FORBIDDEN) else 500
    return Checked(Refusal(status or 500, target, answer.guard))
