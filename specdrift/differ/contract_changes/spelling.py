"""A requirement as a reader of the document would say it."""

from specdrift.model.requirement import Demand, Requirement, SchemeUse

_MOST = 5


def spelled(requirement: Requirement) -> str:
    """``"mtls" with role admin, or "key"``; words where nothing is asked for. The order is no matter."""
    if requirement.demand is Demand.UNDECLARED:
        return "nothing (no security)"
    if not requirement.alternatives:
        return (
            f"something unreadable ({requirement.reason})"
            if requirement.demand is Demand.UNKNOWN
            else "nothing (security: [])"
        )
    told = sorted(_alternative(one) for one in requirement.alternatives)[:_MOST]
    more = len(requirement.alternatives) - len(told)
    return ", or ".join((*told, f"{more} more") if more else told)


def _alternative(uses: tuple[SchemeUse, ...]) -> str:
    return " and ".join(_use(use) for use in uses) or "nothing ({})"


def _use(use: SchemeUse) -> str:
    if not use.scopes:
        return f'"{use.scheme.name}" ({use.scheme.type.value})'
    what = "role" if use.is_mutual_tls else "scope"
    return f'"{use.scheme.name}" ({use.scheme.type.value}) with {what} {" and ".join(use.scopes)}'
