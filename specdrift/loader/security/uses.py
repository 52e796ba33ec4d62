"""The security schemes that a text names, also where nothing is tested: webhooks, callbacks, components. Pure."""

from collections.abc import Iterator

from specdrift.loader.parse.tree import Value


def named_schemes(root: Value) -> frozenset[str]:
    """Return the names below each ``security``, and the last step of each URI there and in ``$ref``."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if not isinstance(value, dict | list) or id(value) in seen:
            continue  # an alias stands for one value in several places
        seen.add(id(value))
        if isinstance(value, dict):
            found.update(_named(value))
        waiting += value.values() if isinstance(value, dict) else value
    return frozenset(found)


def _named(value: dict[str, Value]) -> Iterator[str]:
    reference, alternatives = value.get("$ref"), value.get("security")
    if isinstance(reference, str):
        yield reference.rpartition("/")[2]
    for one in alternatives if isinstance(alternatives, list) else ():
        if isinstance(one, dict):
            yield from (name.rpartition("/")[2] for name in one)
