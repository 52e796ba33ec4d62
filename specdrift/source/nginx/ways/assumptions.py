"""Decides what depends on the machine: both ways, where it is not known whether a file exists."""

from collections.abc import Callable, Mapping

from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision
from specdrift.source.nginx.directives import Directive
from specdrift.source.nginx.variables import Unassumed

MOST_FACTS = 4
"""Maximum number of facts that are assumed both ways: the number of runs doubles with each."""


def assuming(
    decide: Callable[[Mapping[str, bool]], Decision], at: Directive, assumed: Mapping[str, bool] | None = None
) -> Decision:
    """Return the decision if it is the same whatever files there are; else UNKNOWN."""
    known = assumed or {}
    try:
        return decide(known)
    except Unassumed as fact:
        if len(known) >= MOST_FACTS:
            return Decision(passage=Passage.UNKNOWN, at=at.location, reason="many files that may exist")
        without, with_it = (assuming(decide, at, {**known, fact.what: exists}) for exists in (False, True))
        reason = f"whether {fact.what} exists"
    if without.passage is Passage.UNKNOWN or with_it.passage is Passage.UNKNOWN:
        return without if without.passage is Passage.UNKNOWN else with_it
    if without.passage.refused is with_it.passage.refused:
        return without
    own = next((one for one in (with_it, without) if one.passage is Passage.ANSWERED), None)
    return Decision(
        passage=Passage.UNKNOWN,
        at=with_it.at or without.at,
        route=without.route,
        reason=reason,
        otherwise=own,
    )
