"""Codecs: one declaration of a JSON value gives its schema, writes it and reads it back.

For every codec and every value ``load(dump(value)) == value``, ``dump(value)`` fits ``schema``, and ``write(value)`` is
the text of ``dump(value)``.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from operator import attrgetter
from typing import Any, Generic, NoReturn, TypeVar

from msgspec import Struct, field

from specdrift.result.schema.repeated import read_once, written_once
from specdrift.result.schema.writing import MemberText, pieces_of, writer

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Schema = dict[str, Any]
encode = json.JSONEncoder(allow_nan=False).encode
"""A JSON value as ASCII text."""


class Misfit(ValueError):
    """A JSON value that does not have the declared shape. ``path`` leads to it from the outside in."""

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path

    def __str__(self) -> str:
        return f"{self.path.lstrip('.') or 'the document'}: {self.problem}"

    def inside(self, step: str) -> "Misfit":
        return Misfit(self.problem, step + self.path)


def unchanged(value: Any) -> Any:  # noqa: ANN401
    """The ``dump`` or ``load`` of a codec whose values are JSON already."""
    return value


class Codec(Struct, Generic[T], frozen=True):
    """``defs`` are the named schemas that ``schema`` refers to as ``#/$defs/NAME``."""

    schema: Schema
    dump: Callable[[T], Any]
    load: Callable[[Any], T]
    defs: Mapping[str, Schema] = field(default_factory=dict)
    as_is: frozenset[type] = frozenset()
    """Types (exact) of JSON values that ``load`` returns as they are: a result has a million, none worth a call."""
    text: Callable[[T], str] | None = None
    """``write``, where it takes less time than ``dump`` and writing that."""
    repeats: bool = False
    """A result has many equal values, of which each is written once."""
    pieces: tuple[MemberText, ...] = ()
    """What ``text`` writes of a record, member by member."""
    members: "tuple[Member[Any], ...]" = ()
    """Those of a record; of a nullable one too."""
    build: Callable[..., T] | None = None
    """What makes a record of its members."""

    @property
    def write(self) -> Callable[[T], str]:
        """The JSON text of a value."""
        if self.text is not None:
            return self.text
        return encode if self.dump is unchanged else lambda value: encode(self.dump(value))


class _Needed:
    """Stands for the default of a member that has none."""


NEEDED = _Needed()


class Member(Struct, Generic[T], frozen=True):
    """One member of a JSON object. A ``derived`` one is written for readers and ignored when read back. ``default``
    (JSON) stands for one that older versions did not write.
    """

    name: str
    codec: Codec[Any]
    get: Callable[[T], Any]
    about: str = ""
    derived: bool = False
    default: object = NEEDED


def member(
    name: str, codec: Codec[Any], attribute: str = "", *, about: str = "", default: object = NEEDED
) -> Member[Any]:
    """A member that holds an attribute (dotted for an inner one; by default that of the same name)."""
    return Member(name, codec, attrgetter(attribute or name), about, default=default)


def derived(name: str, codec: Codec[Any], get: Callable[[Any], Any], *, about: str = "") -> Member[Any]:
    """A member that follows from the others."""
    return Member(name, codec, get, about, derived=True)


def misfit(wanted: str, value: object) -> NoReturn:
    """Say what was wanted and what was found instead."""
    raise Misfit(f"{wanted} is wanted, not {str(value)[:40]!r}")


def nullable(codec: Codec[T]) -> Codec[T | None]:
    """``null`` or what the codec says."""
    return Codec(
        {"anyOf": [codec.schema, {"type": "null"}]},
        lambda value: None if value is None else codec.dump(value),
        lambda raw: None if raw is None else codec.load(raw),
        codec.defs,
        codec.as_is | {type(None)},
        _or_null(codec.write),
        codec.repeats,
        members=codec.members,
        build=codec.build,
    )


def _or_null(write: Callable[[T], str]) -> Callable[[T | None], str]:
    return lambda value: "null" if value is None else write(value)


def choice(kind: type[E]) -> Codec[E]:
    """One of an enum's values."""
    members = {item.value: item for item in kind}

    def load(raw: object) -> E:
        if not isinstance(raw, str) or raw not in members:
            misfit(f"one of {', '.join(members)}", raw)
        return members[raw]

    texts = {item: encode(item.value) for item in kind}
    return Codec({"enum": list(members)}, lambda value: value.value, load, text=texts.__getitem__)


def array(codec: Codec[T]) -> Codec[tuple[T, ...]]:
    """An ordered list."""
    dump, read, as_is, write = codec.dump, codec.load, codec.as_is, codec.write

    def load(raw: object) -> tuple[T, ...]:
        if not isinstance(raw, list):
            misfit("a list", raw)
        loaded: list[T] = []  # as far as it got, where an item does not fit
        try:
            loaded += (item if type(item) in as_is else read(item) for item in raw)
        except Misfit as error:
            raise error.inside(f"[{len(loaded)}]") from None
        return tuple(loaded)

    schema = {"type": "array", "items": codec.schema}
    return Codec(
        schema,
        list if dump is unchanged else lambda values: [dump(value) for value in values],
        load,
        codec.defs,
        text=lambda values: f"[{', '.join(map(write, values))}]" if values else "[]",
    )


def mapping(codec: Codec[T]) -> Codec[Mapping[str, T]]:
    """An object with free member names."""

    def load(raw: object) -> Mapping[str, T]:
        if not isinstance(raw, dict):
            misfit("an object", raw)
        return {key: _load_named(codec, key, item) for key, item in raw.items()}

    schema = {"type": "object", "additionalProperties": codec.schema}
    return Codec(schema, lambda values: {k: codec.dump(v) for k, v in values.items()}, load, codec.defs)


def _load_named(codec: Codec[T], name: str, raw: object) -> T:
    try:
        return codec.load(raw)
    except Misfit as error:
        raise error.inside(f".{name}") from None


def record(
    name: str,
    about: str,
    members: Iterable[Member[Any]],
    build: Callable[..., T],
    *,
    repeats: Callable[[Any], tuple[object, ...]] | None = None,
    rows: Iterable[tuple[str, ...]] = (),
) -> Codec[T]:
    """An object with exactly these members; ``build`` takes those that are not derived, by their names.

    ``repeats``: a result has many equal ones, each of which is read once, and written once for the objects that
    ``repeats`` returns of a value: those that the text follows from. What ``build`` returns must not be changed.
    ``rows``: names of successive members that many such objects have alike; see ``pieces_of``.
    """
    parts = tuple(members)
    names = frozenset(part.name for part in parts)
    _require_every_field(build, names)
    defaults = dict(_defaults(parts))
    stored = tuple((part.name, part.codec.as_is, part.codec.load) for part in parts if not part.derived)
    pieces = _pieces(parts, rows)

    def load(raw: object) -> T:
        if not isinstance(raw, dict):
            misfit("an object", raw)
        if raw.keys() != names:
            raw = {**defaults, **raw}
            if raw.keys() != names:
                name_difference(names, raw)
        values = {}
        key = ""
        try:
            for key, as_is, read in stored:
                value = raw[key]
                values[key] = value if type(value) in as_is else read(value)
        except Misfit as error:
            raise error.inside(f".{key}") from None
        return build(**values)

    return Codec(
        {"$ref": f"#/$defs/{name}"},
        _dump_of(parts),
        load if repeats is None else read_once(load),
        _definitions(name, about, parts),
        text=writer(pieces) if repeats is None else written_once(writer(pieces), repeats),
        repeats=repeats is not None,
        pieces=pieces,
        members=parts,
        build=build,
    )


def _dump_of(parts: Iterable[Member[Any]]) -> Callable[[Any], dict[str, Any]]:
    written = tuple((part.name, part.get, part.codec.dump) for part in parts)
    return lambda value: {
        key: get(value) if dump is unchanged else dump(get(value)) for key, get, dump in written
    }


def _pieces(parts: Iterable[Member[Any]], rows: Iterable[tuple[str, ...]]) -> tuple[MemberText, ...]:
    texts = [MemberText(encode(p.name), p.get, p.codec.write, p.codec.repeats) for p in parts]
    return pieces_of(texts, rows)


def _defaults(parts: Iterable[Member[Any]]) -> Iterator[tuple[str, object]]:
    """Raises Misfit for a default that cannot be read: at import, not when a user reads the first older file."""
    for part in parts:
        if part.default is not NEEDED:
            part.codec.load(part.default)
            yield part.name, part.default


def _require_every_field(build: object, names: frozenset[str]) -> None:
    """Raises TypeError, at import, if a field of the struct that is built has no member: its value would be lost."""
    if isinstance(build, type) and issubclass(build, Struct):
        lost = {*build.__struct_fields__} - names
        if lost:
            raise TypeError(f"{build.__name__} has fields that no member stores: {', '.join(sorted(lost))}")


def name_difference(names: frozenset[str], raw: dict[str, Any]) -> NoReturn:
    """Say which member is missing, or has no place."""
    missing, unknown = sorted(names - raw.keys()), sorted(raw.keys() - names)
    if missing:
        raise Misfit(f"the member {missing[0]!r} is missing")
    raise Misfit(f"there is no member {unknown[0][:40]!r} here")


def _definitions(name: str, about: str, parts: tuple[Member[Any], ...]) -> Mapping[str, Schema]:
    definitions: dict[str, Schema] = {}
    for part in parts:
        definitions.update(part.codec.defs)
    definitions[name] = {
        "description": about,
        "type": "object",
        "properties": {part.name: _described(part) for part in parts},
        "required": [part.name for part in parts if part.default is NEEDED],
        "additionalProperties": False,
    }
    return definitions


def _described(part: Member[Any]) -> Schema:
    return {"description": part.about, **part.codec.schema} if part.about else dict(part.codec.schema)
