"""Names that a configuration may use, collected from the parts that define them."""

from collections.abc import Callable, Collection, Iterator
from functools import cached_property

from specdrift.config import AllowedNames
from specdrift.reports import all_formats


class NamesWhenUsed(Collection[str]):
    """Names of parts that are imported when a configuration uses such a name: most use none."""

    def __init__(self, collect: Callable[[], frozenset[str]]) -> None:
        self._collect = collect

    @cached_property
    def _names(self) -> frozenset[str]:
        return self._collect()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def allowed_names() -> AllowedNames:
    """A check has its own name and those of its rules; a profile has its name and its family's."""
    return AllowedNames(
        checks=NamesWhenUsed(_checks),
        profiles=NamesWhenUsed(_profiles),
        formats=frozenset(all_formats()),
        endings=frozenset(form.extension for form in all_formats().values()),
    )


def _checks() -> frozenset[str]:
    from specdrift.checks import CHECKS

    return frozenset(name for check in CHECKS for name in (check.name, *check.rules))


def _profiles() -> frozenset[str]:
    from specdrift.pki.battery import PROFILES

    return frozenset(name for profile in PROFILES.values() for name in (profile.name, profile.family))
