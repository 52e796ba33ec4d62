"""A requirement as a reader of the document would say it."""

from specdrift.model.contract.requirement import Demand, Requirement, SchemeUse, SecurityScheme

_MOST = 5
_LONGEST = 100


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
    named = f'"{use.scheme.name}" ({_kind(use.scheme)})'
    if not use.scopes:
        return named
    what = "role" if use.is_mutual_tls else "scope"
    return f"{named} with {what} {' and '.join(use.scopes)}"


def _kind(scheme: SecurityScheme) -> str:
    """The type, and what tells two schemes of that type apart."""
    if scheme.parameter:
        return f"{scheme.type.value} in {' '.join(scheme.parameter)}"
    if scheme.http_scheme:
        return f"{scheme.type.value} {scheme.http_scheme}"
    issuers = ", ".join(url[:_LONGEST] for url in scheme.issuers[:_MOST])
    return f"{scheme.type.value} of {issuers}" if issuers else scheme.type.value
