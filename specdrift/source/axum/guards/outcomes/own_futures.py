"""Futures of own types that services return: what they answer when they are polled."""

from collections.abc import Iterable, Iterator

from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_values import UNKNOWN, Holding, is_of_response
from specdrift.source.axum.guards.access_profiles import AccessProfiles
from specdrift.source.axum.guards.cases.deciding_code import DecidingCode
from specdrift.source.axum.guards.outcomes.outer_answers import may_answer
from specdrift.source.axum.guards.outcomes.refusal_statuses import associated_type
from specdrift.source.rust.syntax import type_name

FUTURES = frozenset({"Future"})
"""The trait of what is polled."""


def futures_of(services: Iterable[DecidingCode], profiles: AccessProfiles) -> Iterator[DecidingCode]:
    """Yield the methods that poll what services return."""
    for one in services:
        name = type_name(associated_type(one.node, "Future")) if one.item is not None else ""
        if name and one.item is not None and one.item.name == "call":
            for item in profiles.methods_of(name, FUTURES, one.module):
                yield DecidingCode(item.node, item.module, item.owner, item)


def may_answer_later(
    services: Iterable[DecidingCode], futures: Iterable[DecidingCode], case: AbsentCase
) -> bool:
    """Return whether what services return may answer with data of its own, or with that of the handler."""
    polled = {one.owner: one.item for one in futures}
    runs = (case.alone(*one.parts) for one in services) if polled else ()
    returned = [one for run in runs if run is not None for one in run.value if isinstance(one, Holding)]
    for one in returned:
        item = polled.get(one.type.rpartition("::")[2])
        if item is not None:
            before = case.aside()
            value = case.run(item, [{UNKNOWN}], {one})
            case.restore(before)
            if may_answer(value, case) or any(map(is_of_response, value)):
                return True
    return False
