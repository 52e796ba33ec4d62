"""Whether two requests get the same operation: yes, no, or not known."""

from collections.abc import Callable

from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision
from specdrift.source.gateway.truth import Truth, Unknown

VARIABLE = "$"
"""In an address whose parts are not known."""


def same_service(one: Decision, valid: Decision) -> Truth:
    """Return whether a request, or a copy of it, gets to a service that ``valid`` gets to."""
    return _any_copy(one, valid, _to_service)


def same_operation(one: Decision, valid: Decision) -> Truth:
    """Return whether a request, or a copy of it, gets the operation that ``valid`` gets, whatever its arguments."""
    return _any_copy(one, valid, _to_operation)


def _any_copy(one: Decision, valid: Decision, compared: Callable[[Decision, Decision], Truth]) -> Truth:
    found = compared(one, valid)
    for copy in one.copies if found is not True else ():
        again = compared(copy, valid)
        found = again if again is True or found is False else found
    return found


def _to_service(one: Decision, valid: Decision) -> Truth:
    if one.passage is Passage.UNKNOWN:
        elsewhere = one.upstream and not _may_meet(one, valid)
        return False if elsewhere else _unknown(one, one.reason)
    if one.passage is not Passage.FORWARDED:
        return False
    if one.upstream & valid.upstream:
        return True
    return _unknown(one, "a service that variables choose") if _may_meet(one, valid) else False


def _to_operation(one: Decision, valid: Decision) -> Truth:
    if valid.passage is Passage.UNKNOWN:
        return _as_far_as_known(one, valid)
    if valid.passage is not Passage.FORWARDED:
        return _same_answer(one, valid)
    reached = _to_service(one, valid)
    if reached is False:
        return False
    if not one.path or not valid.path:
        same_route = not one.path and not valid.path and one.route == valid.route
        return reached if same_route else _unknown(one, one.reason or "a path that is not known")
    return reached if one.path.partition("?")[0] == valid.path.partition("?")[0] else False


def _as_far_as_known(one: Decision, valid: Decision) -> Truth:
    """Compare with a request that gets no further than something unknown, such as a policy of the service."""
    if one.passage not in (Passage.UNKNOWN, Passage.FORWARDED):
        return False
    elsewhere = bool(one.upstream and valid.upstream) and not _may_meet(one, valid)
    paths = {path.partition("?")[0] for path in (one.path, valid.path) if path}
    return False if elsewhere or len(paths) > 1 else _unknown(one, one.reason or valid.reason)


def _same_answer(one: Decision, valid: Decision) -> Truth:
    if one.passage is Passage.UNKNOWN:
        return _unknown(one, one.reason) if valid.passage is Passage.ANSWERED else False
    return one.passage is Passage.ANSWERED and valid.passage is one.passage and valid.at == one.at


def _may_meet(one: Decision, valid: Decision) -> bool:
    if one.upstream & valid.upstream:
        return True
    return any(VARIABLE in address for address in (*one.upstream, *valid.upstream))


def _unknown(one: Decision, what: str) -> Unknown:
    return Unknown(what, one.at or one.route)
