"""Reads operations with all that a request needs."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from specdrift.loader.configured_parts import ConfiguredParts
from specdrift.loader.entry_document import EntryDocument
from specdrift.loader.operations import built_request
from specdrift.loader.operations.concrete_paths import ConcretePaths
from specdrift.loader.operations.configured_values import NOTHING_CONFIGURED, Configured, configured_values
from specdrift.loader.operations.parameter_reader import (
    NOTHING_GIVEN,
    DeclaredParameter,
    GivenValues,
    ParameterReader,
)
from specdrift.loader.operations.path_reader import Entry, PathReader
from specdrift.loader.operations.read_without import ReadWithout
from specdrift.loader.operations.server_reader import ServerReader
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.text import printable
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.references.reference_resolver import is_reference
from specdrift.loader.security.checked_mapping import checked_mapping, type_name
from specdrift.loader.security.configured_requirements import ConfiguredRequirements
from specdrift.loader.security.security_reader import SecurityReader
from specdrift.loader.security.unread_extensions import hint_at_operation
from specdrift.model.contract.inputs import Input
from specdrift.model.contract.operation import (
    Operation,
    OperationKey,
    OwnValues,
    ParameterValue,
    RequestBody,
)
from specdrift.model.exchange.websocket import HANDSHAKE, SWITCHED

if TYPE_CHECKING:
    from specdrift.loader.values.body_maker import BodyMaker

_MOST_OPERATIONS = 100_000
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Safe methods (RFC 9110 §9.2.1): a made-up value of other requests must not name anything that exists."""


class Bodies(StrEnum):
    """The operations that get a request body. Making one takes time, and few are sent."""

    NONE = "none"
    WHERE_SENT = "where-sent"
    """Those whose ``[[operations]]`` entry has a body, or ``unsafe-methods`` "headers" or "send"."""
    ALL = "all"


class LocatedOperation(NamedTuple):
    """An operation and its Operation Object in the document."""

    operation: Operation
    node: DocumentNode


class OperationReader:
    """Combines path, security, servers and parameters of each operation."""

    def __init__(
        self,
        entry: EntryDocument,
        configured: ConfiguredParts,
        *,
        security: SecurityReader,
        required: ConfiguredRequirements,
        bodies: Bodies,
        inputs: bool,
    ) -> None:
        self._root, self._dialect, self._references, self._findings = entry
        self._security = security
        self._required = required
        self._settings = configured.operations
        self._bodies = bodies
        self._inputs = inputs
        self._parameters = ParameterReader(entry.dialect, entry.references)
        self._read_without = ReadWithout(entry.references)
        self.servers = ServerReader(entry.root, entry.dialect, configured.variables, entry.findings)
        self._read: dict[OperationKey, tuple[LocatedOperation, Entry]] = {}
        self._concrete = ConcretePaths(())

    def read(self) -> Iterator[LocatedOperation]:
        """Read all operations. Raises `Unreadable` if references multiply them."""
        found = list(self._parts())
        concrete = self._concrete = ConcretePaths(part.operation.key for part, _ in found)
        self._read = {part.operation.key: (part, entry) for part, entry in found}
        for part, entry in found:
            operation, given = part.operation, NOTHING_GIVEN
            if concrete.reached_by(operation.key, operation.target) is not None:
                operation = self._with_own_target(part, entry, concrete)
                in_path = (value for value in operation.parameters if value.location == "path")
                given = {(value.location, value.name): value for value in in_path}
            own = self._own_values(part, entry, given)
            yield LocatedOperation(replace(operation, own=own) if own else operation, part.node)

    def with_values(self, key: OperationKey, values: Sequence[ParameterValue]) -> Operation | None:
        """Return an operation with other values for its parameters; implements ``OperationRequests``."""
        if key not in self._read:
            return None
        part, entry = self._read[key]
        configured = self._configured_for(part.operation)
        given = {(value.location, value.name): value for value in values}
        made = self._built(part, entry, configured.parameters, given)
        if self._concrete.reached_by(key, made.target) is not None:
            return None
        return replace(part.operation, **made._asdict(), own=self._own_values(part, entry, given))

    def with_absent_values(self, key: OperationKey) -> Operation | None:
        """Return an operation with values of nothing that exists in its path; implements ``OperationRequests``."""
        if key not in self._read or "{" not in key.path:
            return None
        part, entry = self._read[key]
        return self.with_values(key, self._parameters.absent(part.node, entry.item, key))

    def bodies(self, key: OperationKey) -> tuple[RequestBody, ...]:
        """Return the bodies that the document allows an operation; implements ``OperationRequests``."""
        if key not in self._read:
            return ()
        part, entry = self._read[key]
        declared = self._parameters.declared(part.node, entry.item, key)
        return self._body_maker.every(part.node, [one.node for one in declared])

    def representations(self, key: OperationKey) -> tuple[RequestBody, ...]:
        """Return bodies of each media type of an operation; implements ``OperationRequests``."""
        if key not in self._read:
            return ()
        part, entry = self._read[key]
        declared = self._parameters.declared(part.node, entry.item, key)
        return self._body_maker.representations(part.node, [one.node for one in declared])

    def _built(
        self, part: LocatedOperation, entry: Entry, configured: Mapping[str, str], given: GivenValues
    ) -> built_request.BuiltRequest:
        """Return the request with other values of parameters, by place and name."""
        key = entry.key
        changing = key.method not in _SAFE
        declared = self._parameters.declared(part.node, entry.item, key)
        sent = self._parameters.sent(declared, configured, changing=changing, given=given)
        in_path = {name: value.value for (place, name), value in given.items() if place == "path"}
        further = self._upgrade(part.node, key)
        made = built_request.build(
            key.path, sent, {**configured, **in_path}, changing=changing, further=further
        )
        shown = tuple(given.get((each.location, each.name), each) for each in made.parameters)
        return made._replace(parameters=shown)

    def _own_values(self, part: LocatedOperation, entry: Entry, given: GivenValues) -> tuple[OwnValues, ...]:
        """Return the values of each identity that the configuration gives its own; these replace ``given`` ones."""
        configured = self._configured_for(part.operation)
        found = []
        for identity in configured.identities:
            of_one, names = configured.of(identity), configured.own_parameters.get(identity, ())
            others = {place: value for place, value in given.items() if place[1] not in names}
            made = self._built(part, entry, of_one.parameters, others)
            declared = self._parameters.declared(part.node, entry.item, entry.key)
            body = self._body(part.node, declared, of_one)
            found.append(
                OwnValues(
                    identity=identity,
                    **made._replace(parameters=configured.marked(made.parameters, identity))._asdict(),
                    body=configured.marked_body(body, identity),
                    taken_for=self._concrete.reached_by(entry.key, made.target),
                )
            )
        return tuple(found)

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        """Pickle as None: another process does not get the documents."""
        return type(None), ()

    def _parts(self) -> Iterator[tuple[LocatedOperation, Entry]]:
        entries = PathReader(self._dialect, self._references, self._findings).entries(self._root)
        for number, entry in enumerate(entries):
            if number >= _MOST_OPERATIONS:
                raise Unreadable(f"more than {_MOST_OPERATIONS:,} operations.")
            node = self._node(entry)
            if node is not None:
                yield LocatedOperation(self._operation(entry, node), node), entry

    def _node(self, entry: Entry) -> DocumentNode | None:
        """Return the Operation Object, through a ``$ref`` in its place."""
        node = entry.holder.child(entry.name)
        found: DocumentNode | None = node
        if is_reference(node.value):
            lost = f"{entry.key} is not tested."
            found = self._references.follow(node, lost=lost, misplaced_in="an operation")
        if found is not None and checked_mapping(found, entry.key, self._findings) is not None:
            return found
        self._findings.lose(entry.holder.key(entry.name), path=entry.key.path, method=entry.key.method)
        if found is None:
            return None
        self._findings.add(
            "invalid-document",
            f"{entry.key} is {type_name(found.value)}, not a map; it is not tested.",
            found.here,
        )
        return None

    def _operation(self, entry: Entry, node: DocumentNode) -> Operation:
        key = entry.key
        declared_at = entry.holder.key(entry.name)
        tags, operation_id = _tags(node), _text(node, "operationId")
        others = [holder.child(entry.name) for holder in entry.item.rivals.get(entry.name, ())]
        requirement, location = self._required.in_force(
            *self._security.agreed(node, others, key, declared_at),
            key=key,
            tags=tags,
            operation_id=operation_id,
        )
        if not requirement.may_need_certificate:
            hint_at_operation(node, key, self._findings)
        configured = self._configured(key, tags, operation_id)
        declared = self._parameters.declared(node, entry.item, key)
        changing = key.method not in _SAFE
        sent = self._parameters.sent(declared, configured.parameters, changing=changing)
        servers = self.servers.of(node, entry.item.holders.get("servers"))
        further = self._upgrade(node, key)
        made = built_request.build(key.path, sent, configured.parameters, changing=changing, further=further)
        body = self._body(node, declared, configured)
        self._read_without.report(node, declared, key, sent=body is not None)
        return Operation(
            key=key,
            requirement=requirement,
            location=location,
            declared_at=declared_at,
            path_at=entry.item.at,
            target=made.target,
            operation_id=operation_id,
            summary=_text(node, "summary"),
            tags=tags,
            servers=servers.urls,
            servers_at=servers.at,
            server_choices=servers.choices,
            parameters=made.parameters,
            headers=made.headers,
            missing=made.missing,
            forbidden_headers=self._parameters.forbidden(declared, configured.parameters),
            body=body,
            media_types=self._media_types(node) if self._inputs else (),
            inputs=self._constraints_of(node, declared, body) if self._inputs else (),
            allow_roles=configured.allow_roles,
        )

    def _with_own_target(self, part: LocatedOperation, entry: Entry, concrete: ConcretePaths) -> Operation:
        """Return the operation with values that do not reach another operation, if there are any."""
        operation, key = part.operation, entry.key
        configured = self._configured_for(operation).parameters
        declared = self._parameters.declared(part.node, entry.item, key)
        changing = key.method not in _SAFE
        for sent in self._parameters.varied(declared, configured, changing=changing):
            further = self._upgrade(part.node, key)
            made = built_request.build(key.path, sent, configured, changing=changing, further=further)
            if concrete.reached_by(key, made.target) is None:
                return replace(operation, **made._asdict())
        return replace(operation, taken_for=concrete.reached_by(key, operation.target))

    def _body(
        self, node: DocumentNode, declared: list[DeclaredParameter], configured: Configured
    ) -> RequestBody | None:
        if self._bodies is Bodies.NONE or not (self._bodies is Bodies.ALL or configured.is_sent):
            return None
        return self._body_maker.make(node, [one.node for one in declared], configured.body)

    def _constraints_of(
        self, node: DocumentNode, declared: list[DeclaredParameter], body: RequestBody | None
    ) -> tuple[Input, ...]:
        checked_mapping = self._body_maker.inputs(node, [one.node for one in declared]) if body else ()
        return (*self._parameters.inputs(declared), *checked_mapping)

    def _media_types(self, node: DocumentNode) -> tuple[str, ...]:
        """Return the concrete media types of successful responses; a range like ``image/*`` is none."""
        declared = (
            shape.media_type
            for status, shapes in self._dialect.responses(node, self._references)
            if status[:1] == "2"
            for shape in shapes
        )
        return tuple(dict.fromkeys(printable(each) for each in declared if "*" not in each))

    def _upgrade(self, node: DocumentNode, key: OperationKey) -> tuple[tuple[str, str], ...]:
        """Return the fields of a WebSocket handshake if the operation declares that it switches protocols."""
        if key.method != "GET":
            return ()
        statuses = (status for status, _ in self._dialect.responses(node, self._references))
        return HANDSHAKE if str(SWITCHED) in statuses else ()

    @cached_property
    def _body_maker(self) -> "BodyMaker":
        from specdrift.loader.values.body_maker import BodyMaker  # few runs send bodies

        return BodyMaker(self._dialect, self._references)

    def _configured_for(self, operation: Operation) -> Configured:
        return self._configured(operation.key, operation.tags, operation.operation_id)

    def _configured(self, key: OperationKey, tags: tuple[str, ...], operation_id: str) -> Configured:
        if not self._settings:
            return NOTHING_CONFIGURED
        return configured_values(self._settings, key, tags, operation_id)


def _tags(node: DocumentNode) -> tuple[str, ...]:
    tags = node.value.get("tags") if node.value else None
    return tuple(printable(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _text(node: DocumentNode, name: str) -> str:
    value = node.value.get(name) if node.value else None
    return printable(value) if isinstance(value, str) else ""
