"""Conditions that hold, do not hold, or are not known to."""

from collections.abc import Iterable

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.exchange import Undetermined


class Unknown(Struct, frozen=True):
    """A condition that depends on something unknown."""

    what: str
    at: SourceLocation | None

    def error(self) -> Undetermined:
        """Return it as the reason of a decision that is not known."""
        return Undetermined(self.what, self.at)


Truth = bool | Unknown


def all_of(values: Iterable[Truth]) -> Truth:
    """Return whether all hold: one that does not decides before one that is unknown."""
    unknown: Truth = True
    for value in values:
        if value is False:
            return False
        if isinstance(value, Unknown) and unknown is True:
            unknown = value
    return unknown


def any_of(values: Iterable[Truth]) -> Truth:
    """Return whether one holds."""
    unknown: Truth = False
    for value in values:
        if value is True:
            return True
        if isinstance(value, Unknown) and unknown is False:
            unknown = value
    return unknown


def negated(value: Truth) -> Truth:
    """Return the opposite; what is unknown stays so."""
    return value if isinstance(value, Unknown) else not value


def certain(value: Truth) -> bool:
    """Return a condition. Raises Undetermined for one that is not known."""
    if isinstance(value, Unknown):
        raise value.error()
    return value
