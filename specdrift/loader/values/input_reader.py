"""Reads simple constraints on parameters and on members of a JSON body."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain, islice

from msgspec.structs import replace

from specdrift.loader.dialects import ParameterShape
from specdrift.loader.operations import serialise
from specdrift.loader.parse import scalars
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.loader.values import improbable
from specdrift.loader.values.nested_choices import with_other_choices
from specdrift.loader.values.value_choice import all_stated, all_written, choose
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.contract.operation import ValueSource

_PLAIN = {"path": ("simple",), "query": ("form",), "header": ("simple",), "cookie": ("form", "cookie")}
"""Styles that do not change a single value."""
_OF_LISTS = ("spaceDelimited", "pipeDelimited", "tabDelimited")
"""Styles of lists in the query that do not change a list of one value."""
_JSON = ("application/json",)
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_MOST_MEMBERS, _MOST_VALUES, _DEEPEST, _LARGEST = 20, 50, 8, 10**15


def of_parameter(shape: ParameterShape, references: ReferenceResolver) -> tuple[Input, ...]:
    """Return the constraint on a parameter of one value, or of several of one type; of an object one for each member
    that is a parameter on the wire (``filter[status]``). Of one that is JSON only the texts that its schema allows.
    """
    if shape.media_type:
        return _of_json(shape, references) if shape.media_type.partition(";")[0] in _JSON else ()
    if shape.location == "query" and (
        shape.style == "deepObject" or (shape.style == "form" and shape.explode)
    ):
        members = tuple(_of_members(shape, references))
        if members or shape.style == "deepObject":
            return members
    found = _input(shape.schema, references, name=shape.name, where=shape.location, required=shape.required)
    if found is None or not _is_plain(shape, found):
        return ()
    shown = _examples(shape, references)
    return (
        replace(
            found,
            examples=tuple(serialise.text(value) for value in shown if isinstance(value, str | int | float)),
            lists=_lists(shape, shown),
            fitting=_fitting(found.constraint),
        ),
    )


def _is_plain(shape: ParameterShape, found: Input) -> bool:
    """Return whether a value of the schema is sent as it is."""
    of_lists = _OF_LISTS if found.several and shape.location == "query" else ()
    return shape.style in (*_PLAIN.get(shape.location, ()), *of_lists)


def _of_json(shape: ParameterShape, references: ReferenceResolver) -> tuple[Input, ...]:
    """Return a parameter with ``content`` and no constraint, with its examples and the choices of its members."""
    shown = [one.value for one in all_written(shape.holder, references)]
    usual = shown[0] if shown else choose(shape.schema, references).value
    others = with_other_choices(usual, shape.schema, references, own=True)
    texts = dict.fromkeys(map(serialise.text, (*shown, *islice(others, _MOST_VALUES))))
    if not texts:
        return ()
    given = Constraint(type="object")
    place = Place(shape.location)
    return (
        Input(name=shape.name, place=place, required=shape.required, constraint=given, examples=tuple(texts)),
    )


def _of_members(shape: ParameterShape, references: ReferenceResolver) -> Iterator[Input]:
    """Yield the members of an object that are parameters of their own in the query (OpenAPI 3, Style Values)."""
    schema = _simple(shape.schema, references)
    properties = schema.get("properties") if schema is not None else None
    if properties is None or not isinstance(properties.value, dict):
        return
    for name in islice(properties.value, _MOST_MEMBERS):
        wire = f"{shape.name}[{name}]" if shape.style == "deepObject" else name
        found = _input(properties.child(name), references, name=wire, where=shape.location, required=False)
        if found is not None:
            yield replace(found, fitting=_fitting(found.constraint))


def _fitting(constraint: Constraint) -> str:
    """Return a text of nothing that exists, for the pattern or format of a string; empty without one."""
    if constraint.type not in ("string", "") or not (constraint.pattern or constraint.format):
        return ""
    schema = {
        "format": constraint.format,
        "pattern": constraint.pattern or None,
        "minLength": constraint.min_length,
        "maxLength": constraint.max_length,
    }
    return str(scalars.make_improbable("string", schema, integer=improbable.QUANTITY))


def _examples(shape: ParameterShape, references: ReferenceResolver) -> tuple[Value, ...]:
    """Return the values of ``example`` and ``examples``, beside the schema and in it."""
    found = (*all_written(shape.holder, references), *all_stated(shape.schema, references))
    return tuple(one.value for one in found if one.source is ValueSource.EXAMPLE)


def _lists(shape: ParameterShape, shown: tuple[Value, ...]) -> tuple[str, ...]:
    lists = (value for value in shown if isinstance(value, list) and len(value) > 1)
    write = partial(serialise.query, shape.name, style=shape.style, explode=shape.explode)
    return tuple(map(write, lists)) if shape.location == "query" else ()


def is_file(schema: DocumentNode, references: ReferenceResolver) -> bool:
    """Return whether a member of a form is a file or a list of files: ``binary``, a media type, or OpenAPI 2's type."""
    found = _simple(schema, references)
    if found is not None and _type(found.value) == "array":
        found = _simple(found.get("items"), references)
    if found is None:
        return False
    media_type = str(found.value.get("contentMediaType", "application/json"))
    return (
        found.value.get("type") == "file" or found.value.get("format") == "binary" or "json" not in media_type
    )


def of_body(schema: DocumentNode, references: ReferenceResolver) -> Iterator[Input]:
    """Return the constraints on members that are required or of a known type.

    Only ``additionalProperties`` of the object's own schema closes it.
    """
    found = _simple(schema, references)
    properties = found.get("properties") if found else None
    if found is None or properties is None or not isinstance(properties.value, dict):
        return
    required = found.get("required").value
    closed = found.value.get("additionalProperties") is False and "patternProperties" not in found.value
    for name in islice(properties.value, _MOST_MEMBERS):
        must = isinstance(required, list) and name in required
        made = _input(properties.child(name), references, name=name, where="body", required=must)
        if made is not None:
            yield replace(made, closed=closed)


def _input(
    schema: DocumentNode, references: ReferenceResolver, *, name: str, where: str, required: bool
) -> Input | None:
    found = _simple(schema, references)
    elements = found.get("items") if found is not None and _type(found.value) == "array" else None
    several = elements is not None
    if elements is not None and (where != "body" or _are_choices(elements, references)):
        found = _simple(elements, references)
    if found is None and (allowed := _choices(elements or schema, references)):
        limits = Constraint(type="string", allowed=allowed)
        return Input(name=name, place=Place(where), required=required, several=several, constraint=limits)
    if found is None or _type(found.value) not in _SCALARS | {""}:
        return Input(name=name, place=Place(where), required=True) if required and where == "body" else None
    return Input(
        name=name,
        place=Place(where),
        required=required,
        several=several,
        constraint=_constraint(found.value),
    )


def _are_choices(elements: DocumentNode, references: ReferenceResolver) -> bool:
    """Return whether the elements of a list in a body have an ``enum`` of texts: of others only the list is known."""
    found = _simple(elements, references)
    if found is None:
        return bool(_choices(elements, references))
    return _type(found.value) in ("string", "") and bool(_allowed(found.value))


def _simple(schema: DocumentNode, references: ReferenceResolver) -> DocumentNode | None:
    """Return the single Schema Object that applies; ``None`` if several do, or none can be read."""
    for _ in range(_DEEPEST):
        found = references.peek(schema)
        if found is None or not isinstance(found.value, dict) or "not" in found.value:
            return None
        several = [name for name in ("allOf", "anyOf", "oneOf") if name in found.value]
        if not several:
            return found
        branches = found.get(several[0])
        listed = branches.value if isinstance(branches.value, list) else ()
        real = [
            i for i, one in enumerate(listed) if not (isinstance(one, dict) and one.get("type") == "null")
        ]
        if len(several) > 1 or len(real) != 1:
            return None
        schema = branches.item(real[0])
    return None


def _choices(schema: DocumentNode, references: ReferenceResolver) -> tuple[str, ...]:
    """Return the texts of an annotated enumeration: a ``oneOf`` or ``anyOf`` of schemas with ``const`` or ``enum``."""
    found = references.peek(schema)
    if found is None or not isinstance(found.value, dict):
        return ()
    branches = found.get("oneOf" if "oneOf" in found.value else "anyOf")
    count = min(len(branches.value), _MOST_VALUES) if isinstance(branches.value, list) else 0
    each = [references.peek(branches.item(place)) for place in range(count)]
    read = [one.value for one in each if one is not None and isinstance(one.value, dict)]
    texts = [
        _allowed(one) for one in read if one.get("type") != "null" and isinstance(one.get("const", ""), str)
    ]
    whole = len(read) == count and len(texts) == sum(one.get("type") != "null" for one in read)
    return tuple(chain.from_iterable(texts)) if whole and all(texts) else ()


def _type(schema: Mapping[str, Value]) -> str:
    """Return the one type besides ``null``; empty for none or several."""
    declared = schema.get("type")
    names = [one for one in declared if one != "null"] if isinstance(declared, list) else [declared]
    return names[0] if len(names) == 1 and isinstance(names[0], str) else ""


def _constraint(schema: Mapping[str, Value]) -> Constraint:
    return Constraint(
        type=_type(schema),
        format=_text(schema, "format"),
        pattern=_text(schema, "pattern"),
        allowed=_allowed(schema),
        minimum=_bound(schema, "minimum", "exclusiveMinimum", min),
        maximum=_bound(schema, "maximum", "exclusiveMaximum", max),
        min_length=_length(schema, "minLength"),
        max_length=_length(schema, "maxLength"),
    )


def _text(schema: Mapping[str, Value], key: str) -> str:
    value = schema.get(key)
    return value if isinstance(value, str) else ""


def _allowed(schema: Mapping[str, Value]) -> tuple[str, ...]:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if not isinstance(values, list) or len(values) > _MOST_VALUES:
        return ()
    return tuple(serialise.text(value) for value in values if isinstance(value, str | int | float))


def _bound(
    schema: Mapping[str, Value], inclusive: str, exclusive: str, wider: Callable[[list[float]], float]
) -> float | None:
    """Return a bound. ``exclusiveMinimum`` is a number since 3.1, and a boolean before."""
    found = [number for key in (inclusive, exclusive) if (number := _number(schema.get(key))) is not None]
    return wider(found) if found else None


def _number(value: Value) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        return None
    return value


def _length(schema: Mapping[str, Value], key: str) -> int | None:
    value = schema.get(key)
    return value if type(value) is int and value >= 0 else None
