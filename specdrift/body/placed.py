"""The texts and numbers of a JSON answer with their places: member, and entry of a list. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache
from json import JSONDecodeError, loads

from msgspec import Struct

from specdrift.body.cut_json import completed
from specdrift.body.denial import SERVICE, plain_name
from specdrift.body.values import words_of

REFERENCES = frozenset({"uuid", "guid", "key", "code", "ref", "reference", "href", "self", "url", "uri"})
ABOUT_SERVICES = SERVICE | frozenset(
    {"build", "commit", "revision", "region", "zone", "host", "hostname", "node", "pod", "instance", "image"}
)
"""Members, as ``plain_name`` writes them, whose values are no evidence."""
LEAF = re.compile(
    r"(?:/|[a-z][a-z0-9+.-]*://).*|\d{4}-\d\d-\d\d.*|1\d{9}(?:\d{3})?", re.IGNORECASE | re.DOTALL
)
"""Texts that are links, dates or times."""
NUMBER = re.compile(r"[+-]?[\d.]{1,5}")
"""Numbers that answers may share by chance."""

Entry = tuple[str, tuple[int, ...]]
"""An entry of a list: the path of its members, and the positions in the lists around it."""


class Placed(Struct, frozen=True, kw_only=True):
    """Where an answer has a value."""

    member: str
    """The innermost member."""
    entry: Entry | None
    """``None`` outside of any list."""
    path: str = ""
    """The members that it is in, without the positions in lists."""


@lru_cache(maxsize=512)
def placed_values(text: str) -> tuple[tuple[int, Placed], ...]:
    """Return the values of a JSON text with their places."""
    return tuple((number, place) for place, leaf in leaves(text) for number, _ in words_of(leaf))


@lru_cache(maxsize=512)
def without_evidence(text: str) -> frozenset[int]:
    """Return the values of references, dates, short numbers and names of services in a JSON text."""
    return frozenset(
        number
        for place, leaf in leaves(text)
        for number, word in words_of(leaf)
        if LEAF.fullmatch(leaf) or NUMBER.fullmatch(word) or _is_no_evidence(place.member)
    )


@lru_cache(maxsize=512)
def leaves(text: str) -> tuple[tuple[Placed, str], ...]:
    """Return the texts and numbers of a JSON text with their places; none of any other text."""
    return tuple(_leaves(_tree(text)))


def _is_no_evidence(member: str) -> bool:
    name = plain_name(member)
    return name in REFERENCES or name in ABOUT_SERVICES or name.endswith("id")


def _leaves(tree: object) -> Iterator[tuple[Placed, str]]:
    """Yield the texts and numbers of a JSON value with their places, without recursion."""
    waiting: list[tuple[str, tuple[int, ...], object]] = [("", (), tree)]
    while waiting:
        path, at, node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend((f"{path}/{name}", at, member) for name, member in node.items())
        elif isinstance(node, list):
            waiting.extend((f"{path}/*", (*at, index), member) for index, member in enumerate(node))
        elif isinstance(node, str | int | float) and not isinstance(node, bool):
            member = path.rstrip("/*").rpartition("/")[2]
            entry = (path.rpartition("*")[0], at) if at else None
            yield Placed(member=member, entry=entry, path=path), str(node)


def _tree(text: str) -> object:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    for whole in (text, completed(text)):
        try:
            return loads(whole)
        except (JSONDecodeError, RecursionError):
            continue
    return None
