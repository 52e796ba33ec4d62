"""Validates the values of single identities in ``[[operations]]``."""

from collections.abc import Collection, Iterator, Mapping

from specdrift.config.keys.document import OPERATIONS
from specdrift.config.keys.identities import IDENTITIES
from specdrift.config.reading.validate import ConfigTable, ConfigTables, ConfigValue, did_you_mean
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.policy import Expect

OWN = ("parameters", "bodies")
"""Keys with a table for each identity."""


def own_value_problems(items: ConfigTables) -> Iterator[tuple[str, str]]:
    """Yield place and text of each problem: an unknown identity, or one that must be refused with values that no valid
    identity has. Its refusal would show nothing: the values may lead nowhere.
    """
    expected = {
        identity["name"].value: identity["expect"].value if "expect" in identity else Expect.ACCEPTED
        for identity in items.lists.get(IDENTITIES.name, [])
        if "name" in identity
    }
    valid = {name for name, expect in expected.items() if expect is not Expect.REFUSED}
    for number, entry in enumerate(items.lists.get(OPERATIONS.name, [])):
        for key in OWN:
            if key in entry:
                yield from _problems(number, key, entry, expected, valid)


def _problems(
    number: int, key: str, entry: ConfigTable, known: Collection[str], valid: Collection[str]
) -> Iterator[tuple[str, str]]:
    item = entry[key]
    own = _own(key, item)
    for name, values in own.items():
        where, what = _where(item, number, key, name), f"{OPERATIONS.name}.{key}.{name}"
        if name == ANONYMOUS.name:
            yield where, f"{what}: the caller without a certificate sends what a valid identity sends"
        elif name not in known:
            yield where, f'{what}: there is no identity "{name}".{did_you_mean(name, known)}'
        elif name not in valid and not any(own[other] == values for other in own if other in valid):
            yield where, f"{what}: it is expected to be refused; give it the values of an accepted identity"


def _own(key: str, item: ConfigValue) -> Mapping[str, object]:
    """Return the values by identity. A value of ``parameters`` that is no table is one of all identities."""
    return {name: value for name, value in item.value.items() if key == "bodies" or isinstance(value, dict)}


def _where(item: ConfigValue, number: int, key: str, name: str) -> str:
    return item.file.where(OPERATIONS.name, number, key, name) if item.file else item.origin
