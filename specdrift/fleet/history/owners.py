"""What each owner has to do: totals over the services that belong to him. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from specdrift.fleet.history.summary import Summary

NOT_NAMED = "no owner"


class OwnerTotal(Struct, frozen=True, kw_only=True):
    """The services of one owner in one run."""

    owner: str
    """``NOT_NAMED`` for services without one."""
    services: int
    drifting: int
    """Services with errors or warnings."""
    missing: int
    """Services that could not be judged."""
    errors: int
    warnings: int
    new: int
    """Drifts that the last run of the service did not have."""
    fixed: int


def owner_totals(services: Iterable[Summary]) -> tuple[OwnerTotal, ...]:
    """Return a total for each owner, the one with the most errors first; none if no service names an owner."""
    groups: dict[str, list[Summary]] = {}
    for one in services:
        groups.setdefault(one.owner, []).append(one)
    if not any(groups):
        return ()
    found = [_total(owner or NOT_NAMED, group) for owner, group in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one.errors, -one.warnings, -one.missing, one.owner)))


def _total(owner: str, group: Iterable[Summary]) -> OwnerTotal:
    services = tuple(group)
    changes = [one.change for one in services if one.change]
    return OwnerTotal(
        owner=owner,
        services=len(services),
        drifting=sum(one.drifts.counting > 0 for one in services),
        missing=sum(not one.judged for one in services),
        errors=sum(one.drifts.error for one in services),
        warnings=sum(one.drifts.warning for one in services),
        new=sum(change.new for change in changes),
        fixed=sum(change.fixed for change in changes),
    )
