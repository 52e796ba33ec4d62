"""Requirements as text."""

from specdrift.model.contract.requirement import Demand, Requirement, SchemeUse, SecurityScheme

_MOST = 5
_LONGEST = 100


def spelled(requirement: Requirement) -> str:
    """Return text such as ``"mtls" with role admin, or "key"``, independent of the order."""
    if requirement.demand is Demand.UNDECLARED:
        return "nothing (no security)"
    if not requirement.alternatives:
        return (
            f"something unreadable ({requirement.reason})"
            if requirement.demand is Demand.UNKNOWN
            else "nothing (security: [])"
        )
    shown = sorted(_alternative(one) for one in requirement.alternatives)[:_MOST]
    more = len(requirement.alternatives) - len(shown)
    return ", or ".join((*shown, f"{more} more") if more else shown)


def _alternative(uses: tuple[SchemeUse, ...]) -> str:
    return " and ".join(_use(use) for use in uses) or "nothing ({})"


def _use(use: SchemeUse) -> str:
    named = f'"{use.scheme.name}" ({_kind(use.scheme)})'
    if not use.scopes:
        return named
    if use.names_roles:
        return f"{named} with role {' or '.join(use.scopes)}"
    return f"{named} with scope {' and '.join(use.scopes)}"


def _kind(scheme: SecurityScheme) -> str:
    """Return the type and what distinguishes schemes of that type."""
    if scheme.parameter:
        return f"{scheme.type.value} in {' '.join(scheme.parameter)}"
    if scheme.http_scheme:
        return f"{scheme.type.value} {scheme.http_scheme}"
    issuers = ", ".join(url[:_LONGEST] for url in scheme.issuers[:_MOST])
    return f"{scheme.type.value} of {issuers}" if issuers else scheme.type.value
