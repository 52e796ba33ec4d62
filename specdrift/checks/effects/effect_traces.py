"""Whether what a refused request left in an answer is what an accepted one leaves there. Pure.

A list may also hold what was refused: an audit trail, or orders with the state "rejected". Its entries then differ from
those of accepted requests in more than times, ids, numbers and the caller.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping

from msgspec import Struct

from specdrift.body.cut_json import completed
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts

IsMark = Callable[[object], bool]
"""Whether a value of an answer is, or has, the mark."""
Place = tuple[str, ...]
"""Names of members, the outermost first; ``EACH`` for the elements of a list."""
Kept = Mapping[Place, frozenset[object]]
EACH = "[]"
MARK, NUMBER, ZERO, REFUSED = "mark", "number", "zero", "refused"
"""What stands for a value of an entry: the mark; any number, 0, and the status of a refusal."""
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")
_ID = re.compile(r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{16,}\b")
_WORD = re.compile(r"\w+")
_BLOCK = "tr|li|p|article|section|option|div"
_BEGINS = re.compile(rf"(?i)\n|<(?:{_BLOCK})\b")
_ENDS = re.compile(rf"(?i)\n|</(?:{_BLOCK})\s*>")


class Shown(Struct, frozen=True):
    """An answer that shows a mark, and the request that carried it."""

    http: HttpFacts
    is_mark: IsMark
    mark: str
    status: int
    """Of the answer to that request."""


def difference(accepted: Shown, refused: Shown, valid: ClientIdentity, *, strict: bool) -> str | None:
    """Return where the entry of a refused request differs from the accepted one's; empty if it does not.

    ``None`` where the answers do not have both entries in a form that can be compared: if ``strict``, as whole JSON,
    where it is known where an entry ends.
    """
    ours, theirs = _entry(accepted, strict=strict), _entry(refused, strict=strict)
    if ours is None or theirs is None:
        return None
    named = _names(valid)
    own = {
        place
        for place, value in _leaves(ours)
        if place and not accepted.is_mark(value) and _is_named(value, named)
    }
    words = frozenset(word for name in (*named, ANONYMOUS.name) for word in _WORD.findall(name))
    before, after = _kept(ours, accepted, own, words), _kept(theirs, refused, own, words)
    differing = [place for place in {**before, **after} if before.get(place) != after.get(place)]
    return ", ".join(_in_words(place) for place in differing[:3])


def describes(shown: Shown, method: str, target: str) -> bool:
    """Return whether the entry names the request that carried the mark, as the entries of logs do."""
    path = target.partition("?")[0]
    texts = [value for _, value in _leaves(_entry(shown, strict=False)) if isinstance(value, str)]
    return any(text in (method, method.lower(), path, target) or f"{method} {path}" in text for text in texts)


def _entry(shown: Shown, *, strict: bool) -> object | None:
    """Return the element of the outermost list that has the mark, else the whole; of another text, its line."""
    text = shown.http.body_excerpt
    for whole in (text,) if strict else (text, completed(text)):
        try:
            found = json.loads(whole)
        except (ValueError, RecursionError):
            continue
        return _with_mark(found, shown.is_mark)
    at = -1 if strict else text.find(shown.mark)
    return None if at < 0 else _line(text, at)


def _line(text: str, at: int) -> str:
    begin = max((found.start() for found in _BEGINS.finditer(text, 0, at)), default=0)
    end = _ENDS.search(text, at)
    return text[begin : end.start() if end else len(text)]


def _with_mark(whole: object, is_mark: IsMark) -> object | None:
    if not _has(whole, is_mark):
        return None
    inner = whole
    while isinstance(inner, dict) and not _is_by_id(inner):
        inner = next(value for key, value in inner.items() if is_mark(key) or _has(value, is_mark))
    elements = inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ()
    return next((each for each in elements if _has(each, is_mark)), whole)


def _is_by_id(value: Mapping[str, object]) -> bool:
    """Return whether an object is a list of others, each with its id as the name."""
    return bool(value) and all(
        isinstance(each, dict) and any(sign.isdecimal() for sign in name) for name, each in value.items()
    )


def _has(value: object, is_mark: IsMark) -> bool:
    return any(is_mark(leaf) or (place and is_mark(place[-1])) for place, leaf in _leaves(value))


def _leaves(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """Yield each value that is no object and no list with elements, with its place."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*place, name))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _leaves(inner, (*place, EACH))
    else:
        yield place, value


def _kept(entry: object, shown: Shown, own: Collection[Place], words: frozenset[str]) -> Kept:
    """Return what of an entry is the same for every accepted request, by place. ``words`` name callers."""
    found: dict[Place, set[object]] = {}
    for place, value in _leaves(entry):
        names = tuple(MARK if shown.is_mark(name) else name for name in place)
        if not any(_within(names, one) or _within(one, names) for one in own):
            found.setdefault(names, set()).add(_same(value, shown, words))
    return {place: frozenset(values) for place, values in found.items()}


def _within(one: Place, other: Place) -> bool:
    return bool(other) and one[: len(other)] == other


def _same(value: object, shown: Shown, callers: frozenset[str]) -> object:
    """Return what is compared of a value: the words of a text, and little of a number."""
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return str(value)
    text = str(value)
    if shown.is_mark(value) and shown.mark not in text:
        return MARK  # a digest of it
    rest = _ID.sub(" ", text.replace(shown.mark, " "))
    if _DECIMAL.fullmatch(rest.strip()):
        return _number(float(rest))
    words = frozenset(word.lower() for word in _WORD.findall(rest) if word.isalpha() and len(word) > 1)
    refusals = {REFUSED for word in _WORD.findall(rest) if word == str(shown.status) and shown.status >= 400}
    return shown.is_mark(value), (words - callers) | refusals


def _number(value: float) -> str:
    if not value:
        return ZERO
    return REFUSED if 400 <= value <= 599 and value.is_integer() else NUMBER


def _names(valid: ClientIdentity) -> frozenset[str]:
    """Return the words that name the caller: of its certificate's subject, and the roles."""
    facts = valid.certificate
    subject = [each.partition("=")[2] for each in re.split(r"(?<!\\)[,+]", facts.subject)] if facts else []
    named = [
        valid.name,
        *valid.roles,
        *subject,
        *((facts.subject, facts.serial, facts.sha256) if facts else ()),
    ]
    return frozenset(name.strip().lower() for name in named if len(name.strip()) > 1)


def _is_named(value: object, named: frozenset[str]) -> bool:
    text = str(value).lower() if isinstance(value, str) else ""
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in named if name in text)


def _in_words(place: Place) -> str:
    return '"' + ".".join(name for name in place if name != EACH) + '"' if place else "its text"
