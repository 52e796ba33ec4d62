"""Chooses the values of an answer that may be those of a parameter. Pure."""

import re
from collections.abc import Iterable, Iterator

from specdrift.learning.answer_reader import AnswerData, Datum
from specdrift.learning.similar_names import GENERIC, generic_order, plain, singulars
from specdrift.model.contract.inputs import Constraint

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_SERIAL = re.compile(r"(?=[\w~-]{0,63}[A-Za-z])(?=[\w~-]{0,63}\d)[\w~-]{2,64}", re.ASCII)
"""Letters with digits, such as an article number; no date, amount or version."""


def of_collection(
    answer: AnswerData, parameter: str, collection: str, constraint: Constraint, *, most: int
) -> list[str]:
    """Return at most so many values of a collection's items for the parameter behind it; the likeliest first.

    ``collection`` is the last fixed segment before the parameter.
    """
    ranked: dict[tuple[int, bool], list[str]] = {}
    for datum in answer.data:
        rank = _rank(datum, plain(parameter), singulars(plain(collection)), constraint)
        if rank is not None and suits(datum.text, constraint):
            ranked.setdefault((rank, not datum.in_item), []).append(datum.text)
    first = [ranked[key][0] for key in sorted(ranked)]
    rest = [text for key in sorted(ranked) for text in ranked[key][1:]]
    return list(dict.fromkeys((*first[:2], *rest, *first[2:])))[:most]


def specific_names(parameter: str) -> str:
    """Return the plain name of a parameter; empty for one that says nothing of what it identifies."""
    name = plain(parameter)
    return "" if name in GENERIC else name


def names_of(datum: Datum, collections: Iterable[str]) -> Iterator[str]:
    """Yield the names of parameters for which a scalar may stand, outside of its collection.

    ``collections`` are the fixed segments of the path that answered, the last one last.
    """
    name = plain(datum.name)
    if name and name not in GENERIC:
        yield name
    elif name and datum.in_item:
        for word in singulars(plain(next(iter(collections), ""))):
            yield f"{word}{name}"
            yield word


def suits(text: str, constraint: Constraint) -> bool:
    """Return whether a value fits the type, format, members and bounds of a parameter's schema.

    Its pattern is not tried: one of a hostile document takes exponential time.
    """
    if constraint.allowed and text not in constraint.allowed:
        return False
    if constraint.type in ("integer", "number"):
        number = float(text) if _INTEGER.fullmatch(text) else None
        return number is not None and _within(number, constraint.minimum, constraint.maximum)
    if constraint.type == "boolean" or (constraint.format == "uuid" and not _UUID.fullmatch(text)):
        return False
    return _within(len(text), constraint.min_length, constraint.max_length)


def _within(number: float, least: float | None, most: float | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


def _rank(datum: Datum, parameter: str, singular: frozenset[str], constraint: Constraint) -> int | None:
    """Return how likely a scalar is the value of a parameter, 0 first; ``None`` if nothing speaks for it."""
    name = plain(datum.name)
    if name and name == parameter:
        return 0
    if name in GENERIC:
        if any(parameter == f"{word}{name}" for word in singular):
            return 1
        return 2 + len(GENERIC) + generic_order(parameter).index(name)
    of_the_item = [
        generic for generic in GENERIC if generic != "name" and _is_joined(name, singular, generic)
    ]
    if of_the_item and datum.in_item:
        return 2 + generic_order(parameter).index(of_the_item[0])
    last = 2 + 2 * len(GENERIC)
    if not name and datum.in_item:
        return last + datum.is_key
    looks_right = constraint.format == "uuid" or (datum.in_item and _is_serial(name, datum.text))
    return last + 2 if looks_right else None


def _is_serial(name: str, value: str) -> bool:
    """Return whether a value looks like an article number, and its member does not name what it identifies."""
    return not any(name.endswith(generic) for generic in GENERIC) and bool(_SERIAL.fullmatch(value))


def _is_joined(name: str, singular: frozenset[str], generic: str) -> bool:
    """Return whether a name joins that of the collection's item and a generic one: ``customerId`` of customers."""
    return any(word and name == f"{word}{generic}" for word in singular)
