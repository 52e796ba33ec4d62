"""What an expression may be where the client has no certificate."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum, auto

from msgspec import Struct

from specdrift.source.axum.guards.absent.absent_shapes import PathForm, compared


class Known(Enum):
    """A value without parts."""

    __hash__ = (
        object.__hash__
    )  # that of enumerations is written in Python, and values are members of many sets

    UNKNOWN = auto()
    ABSENT = auto()
    """``None``, ``Err(…)``, or an empty collection or text of a missing value."""
    TRUE = auto()
    FALSE = auto()
    REJECTION = auto()
    """A response or status that rejects the caller."""
    FORWARDED = auto()
    """What the rest of the chain responds."""
    TEXT = auto()
    """A text that is not known, and not empty."""
    HEADERS = auto()
    """The headers of the request."""
    REQUEST = auto()
    """The request, or its parts without the body."""
    OWN = auto()
    """A value that is not known, and no less there without a certificate: of constants, files, the configuration."""
    ANYTHING = auto()
    """What may be there without a certificate of this client: what another connection left in a lock or in a variable
    around the loop that accepts connections, or a list with entries."""
    SUCCESS = auto()
    """A status of success, or a response with one."""
    FAILURE = auto()
    """Another status, or a response with one: no data, and no refusal of the caller."""
    CHOSEN = auto()
    """A value that the client chose, if that matters."""
    RESPONSE = auto()
    """A part of what the rest of the chain responds, or what is made of it."""


UNKNOWN, ABSENT, TRUE, FALSE = Known.UNKNOWN, Known.ABSENT, Known.TRUE, Known.FALSE
REJECTION, SUCCESS = Known.REJECTION, Known.SUCCESS
FORWARDED, HEADERS, TEXT = Known.FORWARDED, Known.HEADERS, Known.TEXT
REQUEST, OWN, ANYTHING = Known.REQUEST, Known.OWN, Known.ANYTHING
FAILURE, RESPONSE, CHOSEN = Known.FAILURE, Known.RESPONSE, Known.CHOSEN
OPAQUE = frozenset({UNKNOWN, OWN, ANYTHING, RESPONSE, CHOSEN})
"""Values of which the parts are not known, nor whether they are there."""
STATUSES = frozenset({REJECTION, SUCCESS, FAILURE, RESPONSE})


class Present(Struct, frozen=True):
    """``Some(…)`` or ``Ok(…)``."""

    inner: frozenset["Atom"]


class Holding(Struct, frozen=True):
    """A tuple, a struct or a variant with its known fields."""

    type: str
    fields: tuple[tuple[str, frozenset["Atom"]], ...]
    member: str = ""
    """Of an enum, which is the type then."""


class Text(Struct, frozen=True):
    """A text, as characters or bytes."""

    content: str


class Texts(Struct, frozen=True):
    """A list of known texts."""

    items: tuple[str, ...]


class Number(Struct, frozen=True):
    """A whole number."""

    value: int


class KnownUri(Struct, frozen=True):
    """The URI of the request, of which the path is known."""

    path: PathForm
    query: str = ""
    """Empty if it is not known."""


Atom = Known | Present | Holding | Text | Texts | Number | KnownUri | PathForm
Value = AbstractSet[Atom]
"""All that an expression may be; empty if it is never evaluated."""
NOTHING: Value = frozenset()
ZERO = Number(0)
_SAME = """
as_ref as_mut as_deref as_slice cloned copied clone to_vec to_owned into iter into_iter borrow deref take ok transpose
flatten first last next get map_err ok_or ok_or_else context with_context inspect inspect_err into_response as_str
as_bytes to_string trim filter collect map and_then and unwrap_or_default find find_map split_first split_last nth
position max min max_by_key min_by_key zip flat_map rev skip skip_while take_while peekable enumerate copied next_back
reduce first_mut last_mut as_deref_mut iter_mut filter_map
"""
OF_FUTURES = frozenset({"boxed", "boxed_local", "fuse", "instrument", "in_current_span"})
"""Methods of futures whose result gives what the future gives."""
SAME = frozenset(_SAME.split()) | OF_FUTURES
"""Methods of ``Option``, ``Result``, collections and texts whose result on an absent value is absent."""
_WHOLE = """
as_ref as_mut as_deref cloned copied clone to_owned into borrow deref map_err context with_context ok ok_or ok_or_else
inspect inspect_err iter into_iter next take
"""
WHOLE = frozenset(_WHOLE.split()) | OF_FUTURES
"""Methods whose result on a present value is the same value."""
PINNED = frozenset({"project", "project_ref", "as_mut", "get_mut", "get_unchecked_mut"})
"""Methods of pinned futures that give what is pinned, also under the names of pin-project."""
COPYING = PINNED | {"clone", "cloned", "as_ref", "borrow", "to_owned", "deref", "into_response"}
"""Methods whose result on a struct or a response is the same value."""
OUTCOMES: dict[str, Atom] = {
    "is_none": TRUE,
    "is_err": TRUE,
    "is_empty": TRUE,
    "all": TRUE,
    "is_none_or": TRUE,
    "is_some": FALSE,
    "is_ok": FALSE,
    "is_some_and": FALSE,
    "is_ok_and": FALSE,
    "any": FALSE,
    "len": ZERO,
    "count": ZERO,
    "sum": ZERO,
}
"""Methods with their results on an absent value."""
INSTEAD = frozenset({"unwrap_or", "unwrap_or_else", "map_or", "map_or_else", "or", "or_else"})
"""Methods whose result on an absent value is their first argument."""
GIVEN = frozenset(
    {
        "map",
        "map_or",
        "map_or_else",
        "and_then",
        "is_some_and",
        "is_ok_and",
        "is_none_or",
        "filter_map",
        "flat_map",
    }
)
"""Methods that give a present value to a closure, whose result is theirs."""
REPLACING = frozenset({"unwrap_or", "unwrap_or_else", "or", "or_else"})
"""Those of them whose result stands for what is missing."""
MOST_ALTERNATIVES = 32
"""Values of one type that a variable or a field has; of more, the fields are joined."""
RESPONSES = frozenset({"Json", "Html"})
"""Types of axum that are responses with the status 200."""


POINTING = frozenset({"OriginalUri", "Extension", "ConnectInfo"})
"""Extractors of axum that implement ``Deref``."""


def some(inner: Value) -> Atom:
    """``Some(inner)``, ``Ok(inner)``."""
    return Present(frozenset(inner))


def holding(name: str, fields: Mapping[str, Value], member: str = "") -> Atom:
    """A struct, a variant, or a tuple, which has no name."""
    return Holding(name, tuple((key, frozenset(value)) for key, value in fields.items()), member)


def changed(value: Value) -> Value:
    """Return what a value may be after unknown code could change it: another text, or no longer absent."""
    filled = {OWN} if any(map(_may_be_filled, value)) else NOTHING
    return value | filled | ({UNKNOWN} if any(map(_may_be_another, value)) else NOTHING)


def _may_be_another(one: Atom) -> bool:
    if isinstance(one, Holding):
        return any(_may_be_another(part) for _, value in one.fields for part in value)
    return isinstance(one, Text | Texts | Number | PathForm | KnownUri) or one in {TRUE, FALSE}


def _may_be_filled(one: Atom) -> bool:
    return one is ABSENT or (isinstance(one, Holding) and any(ABSENT in value for _, value in one.fields))


def dereferenced(one: Atom) -> Value:
    """Return what is in an extractor of axum whose methods are those of what it holds; nothing for other values."""
    return (
        dict(one.fields).get("0", NOTHING) if isinstance(one, Holding) and one.type in POINTING else NOTHING
    )


def widened(value: Value) -> Value:
    """Return a value with few alternatives of each type. Of more, one remains, whose fields are those of any of them.

    Each condition around an assignment to a field doubles the alternatives of a struct.
    """
    if len(value) <= MOST_ALTERNATIVES:
        return value
    found: set[Atom] = set()
    alternatives: dict[tuple[str, str], list[Holding]] = {}
    for one in value:
        if isinstance(one, Holding):
            alternatives.setdefault((one.type, one.member), []).append(one)
        else:
            found.add(one)
    for (name, member), every in alternatives.items():
        found |= {_joined(name, member, every)} if len(every) > MOST_ALTERNATIVES else set(every)
    return found


def _joined(name: str, member: str, every: Iterable[Holding]) -> Atom:
    """Return one value that may be any of several; a field that one of them has not is unknown in it."""
    parts = [dict(one.fields) for one in every]
    keys = sorted({key for one in parts for key in one})
    fields = {key: {atom for one in parts for atom in one.get(key, {UNKNOWN})} for key in keys}
    return holding(name, {key: widened(held) for key, held in fields.items()}, member)


def succeeds(value: Value) -> bool:
    """Return whether an answer may be a success, whatever it has of the data: no client takes it for a refusal."""
    return any(
        one is SUCCESS
        or (isinstance(one, Present) and succeeds(one.inner))
        or (isinstance(one, Holding) and one.type in RESPONSES)
        for one in value
    )


def answers_data(value: Value) -> bool:
    """Return whether an answer is surely a success of the handler: no part of it may be a refusal."""
    return bool(value) and all(
        answers_data(one.inner) if isinstance(one, Present) else succeeds({one}) for one in value
    )


def is_of_response(one: Atom) -> bool:
    """Return whether a value is what the rest of the chain responds, or made of it."""
    if isinstance(one, Present):
        return any(map(is_of_response, one.inner))
    if isinstance(one, Holding):
        return any(is_of_response(part) for _, held in one.fields for part in held)
    return one in {FORWARDED, RESPONSE}


def is_own(value: Value) -> bool:
    """Return whether a value does not depend on the client."""
    return bool(value) and all(one is OWN or isinstance(one, Text | Texts) for one in value)


def negated(value: Value) -> Value:
    """``!value``."""
    opposite = {TRUE: FALSE, FALSE: TRUE}
    return {opposite.get(one, UNKNOWN) if isinstance(one, Known) else UNKNOWN for one in value}


def truth(value: Value) -> Value:
    """Return ``TRUE``, ``FALSE`` or both."""
    found: set[Atom] = set()
    for one in value:
        found |= {one} if one in {TRUE, FALSE} else {TRUE, FALSE}
    return found


BITWISE = {"|": TRUE, "&": FALSE}
"""Operators of truth values that evaluate both sides, each with the value that decides."""


def of_flags(operator: str, left: Value, right: Value) -> Value:
    """Return ``|`` or ``&`` of truth values; unknown for other operators and values."""
    ends = BITWISE.get(operator)
    if ends is None:
        return {UNKNOWN}
    pairs = [{one, other} for one in left for other in right]
    return {ends if ends in pair else pair.pop() if pair in ({TRUE}, {FALSE}) else UNKNOWN for pair in pairs}


def truths(found: bool | None) -> Value:  # noqa: FBT001 - the outcome of a comparison
    """Return the value of a condition; ``None`` if it is not known."""
    return {UNKNOWN} if found is None else {TRUE if found else FALSE}


def equal(one: Value, other: Value) -> bool | None:  # noqa: PLR0911 - a table of cases
    """Compare; ``None`` if it is not known."""
    if len(one) != 1 or len(other) != 1:
        found = {equal({left}, {right}) for left in one for right in other}
        return found.pop() if len(found) == 1 else None
    (left,), (right,) = one, other
    if ABSENT in {left, right}:
        rest = right if left is ABSENT else left
        if isinstance(rest, Text | Number):
            return rest in {Text(""), ZERO}  # what is absent may have become the default
        if rest is TEXT or isinstance(rest, Present):
            return False
        return True if rest is ABSENT else None
    if isinstance(left, PathForm) and isinstance(right, Text):
        return compared(left, "eq", right.content)
    if isinstance(right, PathForm) and isinstance(left, Text):
        return compared(right, "eq", left.content)
    if isinstance(left, Present) and isinstance(right, Present):
        return equal(left.inner, right.inner)
    if isinstance(left, Holding) and isinstance(right, Holding) and left.member and right.member:
        return False if left.member != right.member else None if left.fields or right.fields else True
    if TEXT in {left, right} and Text("") in {left, right}:
        return False
    exact = isinstance(left, Text | Number) and type(left) is type(right)
    return left == right if exact or {left, right} <= {TRUE, FALSE} else None
