"""Reads the identifiers and links in an answer, as far as they may be values of parameters. Pure, bounded."""

import json
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from msgspec import Struct

from specdrift.body.cut_json import completed
from specdrift.model.contract.hosts import PORTS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Endpoint

MOST_NODES, DEEPEST = 2000, 8
"""Members and elements of an answer that are read, and how deep."""
MOST_ITEMS = 10
"""Elements of a list that are read."""
MOST_MEMBERS = 60
"""Members of an object that are read."""
MOST_LINKS = 50
LONGEST_BODY = 64 * 1024
"""Characters of a body that are read."""
LONGEST = 200
"""Characters of a value; longer ones identify nothing."""
LONGEST_LINK = 2000
_LINK_FIELD = re.compile(r"<([^<>\s]{1,2000})>")
"""A target in a Link field (RFC 8288 §3)."""
_USABLE = re.compile(r"[^\x00-\x20/?#\\\x7f]+")
"""A value that a path segment can hold without surprises."""
_LINK_FIELDS = frozenset({"location", "content-location"})


class Datum(Struct, frozen=True, kw_only=True):
    """A scalar of an answer."""

    name: str
    """Of its member; empty for an element of a list, and for the name of a member of a map."""
    text: str
    in_item: bool
    """It belongs to an element of a list, or to a member of a map of objects."""
    is_key: bool = False
    """It is the name of a member of a map of objects."""


class AnswerData(Struct, frozen=True, kw_only=True):
    """What an answer has to learn from."""

    data: tuple[Datum, ...] = ()
    """The outermost first."""
    links: tuple[str, ...] = ()
    """Paths on the same origin."""


def read_answer(http: HttpFacts, endpoint: Endpoint) -> AnswerData:
    """Read a JSON answer, and its link fields. Links to another origin are ignored."""
    fields = (text for name, text in http.headers if name in _LINK_FIELDS)
    linked = (text for name, value in http.headers if name == "link" for text in _LINK_FIELD.findall(value))
    data, texts = _walked(_parsed(http.body_excerpt[:LONGEST_BODY]))
    paths = (path_of(text, endpoint) for text in (*fields, *linked, *texts))
    return AnswerData(
        data=tuple(data), links=tuple(islice(dict.fromkeys(path for path in paths if path), MOST_LINKS))
    )


def path_of(link: str, endpoint: Endpoint) -> str:
    """Return the path of a link to the same origin, without its query; empty for any other text."""
    if len(link) > LONGEST_LINK or not link.startswith(("/", "http://", "https://")):
        return ""
    try:
        parts = urlsplit(link)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return ""
    if parts.netloc and (parts.hostname, port) != (endpoint.host.lower(), endpoint.port):
        return ""
    return parts.path if not re.search(r"\s", parts.path) else ""


def _parsed(text: str) -> object:
    """Return the JSON value of a text that may be cut off; ``None`` for anything else."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    for candidate in (text, completed(text)):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return None


def _walked(tree: object) -> tuple[list[Datum], list[str]]:
    """Return the scalars and the texts that may be links, level by level."""
    data: list[Datum] = []
    links: list[str] = []
    waiting: deque[tuple[object, str, bool, int]] = deque([(tree, "", False, 0)])
    for _ in range(MOST_NODES):
        if not waiting:
            break
        node, name, in_item, depth = waiting.popleft()
        if isinstance(node, dict):
            waiting.extend(_members(node, data, in_item=in_item, depth=depth))
        elif isinstance(node, list):
            waiting.extend((one, "", True, depth + 1) for one in _of_all_parts(node) if depth < DEEPEST)
        elif isinstance(node, str | int) and not isinstance(node, bool):
            text = str(node)
            if isinstance(node, str) and node.startswith(("/", "http")):
                links.append(node)
            if is_usable(text):
                data.append(Datum(name=name, text=text, in_item=in_item))
    return data, links


def _of_all_parts(items: list[object]) -> list[object]:
    """Return the first items of a list, and some of the rest with the last one: old and new entries may differ."""
    half = MOST_ITEMS // 2
    head, rest = items[:half], items[half:]
    places = dict.fromkeys(-(-len(rest) * number // half) - 1 for number in range(1, half + 1))
    return [*head, *(rest[place] for place in places if rest)]


def _members(
    node: dict[str, object], data: list[Datum], *, in_item: bool, depth: int
) -> Iterator[tuple[object, str, bool, int]]:
    """Yield the members of an object. The names of a map of objects are values themselves."""
    members = list(islice(node.items(), MOST_MEMBERS))
    is_map = bool(members) and all(isinstance(value, dict) for _, value in members) and not in_item
    if is_map:
        keys = [name for name, _ in members[:MOST_ITEMS] if is_usable(name)]
        data += [Datum(name="", text=key, in_item=True, is_key=True) for key in keys]
    if depth < DEEPEST:
        for name, value in members:
            yield value, name, in_item or is_map, depth + 1


def is_usable(text: str) -> bool:
    """Return whether a text can be the value of a parameter."""
    return len(text) <= LONGEST and text not in (".", "..") and bool(_USABLE.fullmatch(text))
