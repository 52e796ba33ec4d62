"""What answers have about the service and not of a resource: its name and version beside the data. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping

from specdrift.body.cut_json import completed
from specdrift.body.denial import SERVICE, plain_name
from specdrift.body.values import echo_of
from specdrift.classify.explanation.formats import MOST_WORDS, NAME, VERSION
from specdrift.classify.resource import LEAST_PART, NOTHING, Values
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.values import unpack, weight

CONTAINERS = frozenset({"meta", "metadata", "jsonapi", "info"}) | SERVICE
"""Members of which the members are about the answer."""


def values_about_the_service(answers: Iterable[HttpFacts]) -> Values:
    """Return the values of names and versions of the service that stand beside the data of answers.

    None of an answer that consists of them: there they are the data.
    """
    found = NOTHING
    for answer in answers:
        own = echo_of(_texts(answer.body_excerpt))
        if weight(own) < LEAST_PART * weight(unpack(answer.values)):
            found |= own
    return found


def _texts(body: str) -> Iterator[str]:
    tree = _parsed(body)
    if tree is None or not any(_is_data(name, member) for name, member in tree.items()):
        return
    waiting = [(name, member) for name, member in tree.items() if plain_name(name) in CONTAINERS]
    while waiting:
        name, member = waiting.pop()
        if isinstance(member, dict):
            waiting += [(inner, each) for inner, each in member.items() if plain_name(inner) in CONTAINERS]
        elif isinstance(member, str) and plain_name(name) in SERVICE and _is_a_name(member):
            yield member


def _is_data(name: str, member: object) -> bool:
    return plain_name(name) not in CONTAINERS and isinstance(member, dict | list) and bool(member)


def _is_a_name(text: str) -> bool:
    words = text.split()
    return len(words) <= MOST_WORDS and all(VERSION.fullmatch(word) or NAME.fullmatch(word) for word in words)


def _parsed(body: str) -> Mapping[str, object] | None:
    if not body.lstrip().startswith("{"):
        return None
    for text in (body, completed(body)):
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            continue
        return tree if isinstance(tree, dict) else None
    return None
