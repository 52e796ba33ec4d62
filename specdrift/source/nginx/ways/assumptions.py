"""Decides what depends on something unknown: both ways, where it is not known whether a condition holds."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.variables import Unassumed
from specdrift.source.nginx.ways.possibilities import either

MOST_FACTS = 4
"""Maximum number of facts that are assumed both ways: the number of runs doubles with each."""


def assuming(
    decide: Callable[[Mapping[str, bool]], Decision], at: Directive, assumed: Mapping[str, bool] | None = None
) -> Decision:
    """Return the decision if it is the same whatever holds; else UNKNOWN."""
    known = assumed or {}
    try:
        return decide(known)
    except Unassumed as fact:
        if len(known) >= MOST_FACTS:
            return Decision(
                passage=Passage.UNKNOWN, at=at.location, reason="many files or values that are not known"
            )
        without, with_it = (assuming(decide, at, {**known, fact.what: holds}) for holds in (False, True))
        reason, admits_valid = fact.reason, fact.admits_valid
    if Passage.UNKNOWN in (without.passage, with_it.passage):
        return either(without, with_it)
    if without.passage.refused is with_it.passage.refused and _reach_the_same(without, with_it):
        return without
    if admits_valid and (one := _admitted(without, with_it)) is not None:
        return one
    own = next((one for one in (with_it, without) if one.passage is Passage.ANSWERED), None)
    return replace(
        either(without, with_it),
        at=with_it.at or without.at,
        route=without.route,
        reason=reason,
        otherwise=own,
    )


def _admitted(one: Decision, other: Decision) -> Decision | None:
    """Return the decision that admits, if the other refuses."""
    if one.passage.admitted and other.passage.refused:
        return one
    return other if other.passage.admitted and one.passage.refused else None


def _reach_the_same(one: Decision, other: Decision) -> bool:
    """Return whether the service behind gets both alike, if it gets both."""
    forwarded = one.passage is Passage.FORWARDED and other.passage is Passage.FORWARDED
    return not forwarded or (one.upstream, one.path) == (other.upstream, other.path)
