"""Computes the demand of security alternatives (Security Requirement Object). Pure."""

from collections.abc import Sequence

from specdrift.model.contract.requirement import Demand, SchemeType, SchemeUse

Alternative = tuple[SchemeUse, ...]

_CERTIFICATE = frozenset({SchemeType.MUTUAL_TLS})
_PERHAPS = frozenset({SchemeType.MUTUAL_TLS, SchemeType.UNKNOWN})


def demand_of(alternatives: Sequence[Alternative]) -> Demand:
    """The demand of the ``security`` member in force; an empty sequence is ``[]``.

    An unreadable scheme may or may not be mutualTLS: the demand is known if both readings agree.
    """
    if not any(alternatives):
        return Demand.NOT_REQUIRED
    least, most = _demand(alternatives, _CERTIFICATE), _demand(alternatives, _PERHAPS)
    return least if least is most else Demand.UNKNOWN


def _demand(alternatives: Sequence[Alternative], certificate: frozenset[SchemeType]) -> Demand:
    needing = sum(any(use.scheme.type in certificate for use in one) for one in alternatives)
    if not needing:
        return Demand.OTHER
    if () in alternatives:
        return Demand.OPTIONAL
    return Demand.REQUIRED if needing == len(alternatives) else Demand.ONE_OF_SEVERAL
