"""Makes request bodies: from the configuration or the document, else from the schema."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from urllib.parse import urlencode

from msgspec.structs import replace

from specdrift.loader.dialects import BodySchema, Dialect
from specdrift.loader.operations import serialise
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.tree import Value
from specdrift.loader.references.reference_resolver import ReferenceResolver
from specdrift.loader.values import cbor, generator, improbable, input_reader
from specdrift.loader.values.nested_choices import with_other_choices
from specdrift.loader.values.value_choice import (
    ChosenValue,
    all_stated,
    all_written,
    choose,
    each_alternative,
    stated,
    with_optional,
    written,
)
from specdrift.model.contract.inputs import Input
from specdrift.model.contract.operation import RequestBody, ValueSource

_OF_A_FILE = '; filename="specdrift.bin"\r\nContent-Type: application/octet-stream'
_BOUNDARY = "specdrift-boundary"
_MOST_BODIES = 8


class BodyMaker:
    """Makes the body of an operation. Only for these operations are references in schemas followed."""

    def __init__(self, dialect: Dialect, references: ReferenceResolver) -> None:
        self._dialect = dialect
        self._references = references

    def make(
        self, operation: DocumentNode, parameters: Iterable[DocumentNode], configured: object | None
    ) -> RequestBody | None:
        """Return the body in the best media type that can be written; ``None`` if the operation has none."""
        shapes = self._dialect.bodies(operation, parameters, self._references)
        for shape in sorted(shapes, key=lambda shape: _preference(shape.media_type)):
            chosen = self._choose(shape, configured)
            encoded = self._encoded(shape, chosen.value) if chosen else None
            if chosen and encoded is not None:
                media_type, content = encoded
                return RequestBody(
                    media_type=media_type, content=content, source=chosen.source, required=shape.required
                )
        return None

    def every(self, operation: DocumentNode, parameters: Iterable[DocumentNode]) -> tuple[RequestBody, ...]:
        """Return different bodies in the best media type: the examples, with all members, with the required ones."""
        shapes = self._dialect.bodies(operation, parameters, self._references)
        for shape in sorted(shapes, key=lambda shape: _preference(shape.media_type)):
            found: dict[bytes, RequestBody] = {}
            for one in self._every(shape):
                media_type, content = self._encoded(shape, one.value) or ("", b"")
                if content and len(found) < _MOST_BODIES:
                    made = RequestBody(
                        media_type=media_type, content=content, source=one.source, required=shape.required
                    )
                    found.setdefault(content, made)
            if found:
                return tuple(found.values())
        return ()

    def representations(
        self, operation: DocumentNode, parameters: Iterable[DocumentNode]
    ) -> tuple[RequestBody, ...]:
        """Return different bodies in each media type: the examples, one for each alternative of the schema, and
        one with all members.

        One of each media type comes first: a guard may cover one reader of bodies only.
        """
        shapes = self._dialect.bodies(operation, parameters, self._references)
        found: dict[str, dict[bytes, RequestBody]] = defaultdict(dict)
        for shape in sorted(shapes, key=lambda shape: _preference(shape.media_type)):
            for one in self._alternatives(shape):
                media_type, content = self._encoded(shape, one.value) or ("", b"")
                if content:
                    made = RequestBody(
                        media_type=media_type, content=content, source=one.source, required=shape.required
                    )
                    found[media_type].setdefault(content, made)
        in_turn = zip_longest(*(bodies.values() for bodies in found.values()))
        every = (body for turn in in_turn for body in turn if body is not None)
        return tuple(islice(every, max(_MOST_BODIES, len(found))))

    def _alternatives(self, shape: BodySchema) -> Iterator[ChosenValue]:
        examples = (
            *all_written(shape.holder, self._references),
            *all_stated(shape.schema, self._references),
        )
        for example in examples:
            yield ChosenValue(_unquoted(example.value, shape), example.source)
        yield from each_alternative(shape.schema, self._references, unlike=improbable.QUANTITY)
        made = self._made(shape)
        if not examples:
            yield made
        usual = ChosenValue(_unquoted(examples[0].value, shape), examples[0].source) if examples else made
        yield from self._with_further_members(usual, shape)
        # The members of an object with one schema are changed by its inputs.
        own = not any(True for _ in input_reader.of_body(shape.schema, self._references))
        for other in with_other_choices(usual.value, shape.schema, self._references, own=own):
            yield ChosenValue(other, usual.source)

    def _with_further_members(self, usual: ChosenValue, shape: BodySchema) -> Iterator[ChosenValue]:
        """Yield an object with the optional members that the usual one lacks, if there are any."""
        whole = with_optional(shape.schema, self._references, unlike=improbable.QUANTITY)
        if (
            isinstance(usual.value, dict)
            and isinstance(whole.value, dict)
            and whole.value.keys() - usual.value
        ):
            yield ChosenValue({**whole.value, **usual.value}, whole.source)

    def _every(self, shape: BodySchema) -> Iterator[ChosenValue]:
        for example in (
            *all_written(shape.holder, self._references),
            *all_stated(shape.schema, self._references),
        ):
            yield ChosenValue(_unquoted(example.value, shape), example.source)
        yield with_optional(shape.schema, self._references, unlike=improbable.QUANTITY)
        yield self._made(shape)

    def inputs(self, operation: DocumentNode, parameters: Iterable[DocumentNode]) -> tuple[Input, ...]:
        """Return the document's constraints on the members of a JSON body, else of a form; none for other bodies."""
        shapes = self._dialect.bodies(operation, parameters, self._references)
        preferred = sorted(shapes, key=lambda shape: _preference(shape.media_type))
        with_members = (shape for shape in preferred if _has_members(shape.media_type))
        at = operation.key("requestBody") if "requestBody" in operation.value else None
        return tuple(
            replace(one, at=at)
            for shape in islice(with_members, 1)
            for one in input_reader.of_body(shape.schema, self._references)
        )

    def _encoded(self, shape: BodySchema, value: Value) -> tuple[str, bytes] | None:
        return _encode(shape.media_type, value, files=self._files_of(shape))

    def _files_of(self, shape: BodySchema) -> frozenset[str]:
        """Return the members of a form that are files: their parts need the name of one (RFC 7578 §4.2)."""
        found = self._references.peek(shape.schema)
        properties = found.get("properties") if found and isinstance(found.value, dict) else None
        if properties is None or not isinstance(properties.value, dict):
            return frozenset()
        return frozenset(
            name
            for name in properties.value
            if input_reader.is_file(properties.child(name), self._references)
        )

    def _choose(self, shape: BodySchema, configured: object | None) -> ChosenValue | None:
        if configured is not None:
            return ChosenValue(configured, ValueSource.CONFIG)
        example = written(shape.holder, self._references)
        if example is not None:
            return ChosenValue(_unquoted(example.value, shape), example.source)
        found = self._references.peek(shape.schema)
        said = stated(found.value) if found and isinstance(found.value, dict) else None
        return said or self._made(shape)

    def _made(self, shape: BodySchema) -> ChosenValue:
        if generator.installed() and shape.schema.value is not None:
            version = self._dialect.excerpt_version
            for value in generator.generate(shape.schema, self._references, version=version):
                return ChosenValue(value, ValueSource.GENERATED)
        return choose(shape.schema, self._references, unlike=improbable.QUANTITY)


def _unquoted(value: Value, shape: BodySchema) -> Value:
    """Parse an example that is the JSON text of an object."""
    if (
        not isinstance(value, str)
        or not _is_json(shape.media_type)
        or not value.lstrip().startswith(("{", "["))
    ):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _is_json(media_type: str) -> bool:
    essence = media_type.partition(";")[0].strip().lower()
    return essence in ("application/json", "*/*", "application/*") or essence.endswith("+json")


Encoder = Callable[[Value], bytes | None]


def _json(value: Value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _is_cbor(media_type: str) -> bool:
    """RFC 8949 §9.3, and the structured suffix of RFC 7049."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence == "application/cbor" or essence.endswith("+cbor")


def _form(value: Value) -> bytes | None:
    return urlencode(_pairs(value)).encode() if isinstance(value, Mapping) else None


def _multipart(value: Value, files: Collection[str] = ()) -> bytes | None:
    if not isinstance(value, Mapping):
        return None
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        f"{_OF_A_FILE if name in files else ''}\r\n\r\n{text}\r\n"
        for name, text in _pairs(value)
    ]
    return f"{''.join(parts)}--{_BOUNDARY}--\r\n".encode(errors="replace")


def _pairs(value: Mapping[str, Value]) -> list[tuple[str, str]]:
    return [
        (str(name), serialise.text(item))
        for name, one in value.items()
        for item in (one if isinstance(one, Sequence) and not isinstance(one, str) else [one])
    ]


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _text(value: Value) -> bytes | None:
    return serialise.text(value).encode(errors="replace")


def _only_text(value: Value) -> bytes | None:
    return value.encode(errors="replace") if isinstance(value, str) else None


_ENCODERS: tuple[tuple[Callable[[str], bool], Encoder], ...] = (
    (_is_json, _json),
    (lambda name: name.lower().startswith("application/x-www-form-urlencoded"), _form),
    (lambda name: name.lower().startswith("multipart/form-data"), _multipart),
    (_is_cbor, cbor.encoded),
    (lambda name: name.lower().startswith("text/"), _text),
    (lambda _: True, _only_text),
)
"""In the order of preference: most servers support the first."""


def _preference(media_type: str) -> int:
    return next(rank for rank, (matches, _) in enumerate(_ENCODERS) if matches(media_type))


def _has_members(media_type: str) -> bool:
    return _ENCODERS[_preference(media_type)][1] in (_json, _form, _multipart)


def _encode(media_type: str, value: Value, *, files: Collection[str]) -> tuple[str, bytes] | None:
    encoder = _ENCODERS[_preference(media_type)][1]
    content = _multipart(value, files) if encoder is _multipart else encoder(value)
    if content is None:
        return None
    if encoder is _multipart:
        media_type = f"multipart/form-data; boundary={_BOUNDARY}"
    return ("application/json" if "*" in media_type else media_type), content
