"""Compares the names of parameters, members and collections. Pure."""

import re

_OTHER = re.compile(r"[^a-z0-9]+")
GENERIC = (
    "id",
    "uuid",
    "uid",
    "guid",
    "key",
    "name",
    "slug",
    "code",
    "number",
    "ref",
    "digest",
    "fingerprint",
)
"""Names of members that identify an object whatever it is, the most usual first."""


def plain(name: str) -> str:
    """Return one spelling for ``itemId``, ``item_id`` and ``Item-ID``."""
    return _OTHER.sub("", name.casefold())


def singulars(word: str) -> frozenset[str]:
    """Return the words of which a word may be the plural, itself included."""
    found = {word}
    if word.endswith("ies"):
        found.add(f"{word[:-3]}y")
    if word.endswith("es"):
        found.add(word[:-2])
    if word.endswith("s"):
        found.add(word[:-1])
    return frozenset(found)


def generic_order(parameter: str) -> tuple[str, ...]:
    """Return the generic names, those first with which the name of a parameter ends."""
    ends = [name for name in GENERIC if parameter.endswith(name)]
    return (*sorted(ends, key=len, reverse=True), *(name for name in GENERIC if name not in ends))


def objects_of(parameter: str) -> frozenset[str]:
    """Return what a parameter may identify: ``tenant`` for ``tenantId``, ``tenant_id`` and ``tenantSlug``."""
    name = plain(parameter)
    return frozenset(
        name.removesuffix(each) for each in GENERIC if name.endswith(each) and len(name) > len(each)
    )
