"""Operations, ready to be called."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from specdrift.loader.dialects import Dialect
from specdrift.loader.findings import Findings
from specdrift.loader.operations import built_request
from specdrift.loader.operations.concrete_paths import Concrete
from specdrift.loader.operations.parameter_reader import Parameter, ParameterReader
from specdrift.loader.operations.path_reader import Entry, PathReader
from specdrift.loader.parse.node import Place
from specdrift.loader.parse.text import printable
from specdrift.loader.parse.unreadable import Unreadable
from specdrift.loader.references.reference_resolver import References, is_reference
from specdrift.loader.security.checked_mapping import kind, members
from specdrift.loader.security.security_reader import SecurityReader
from specdrift.model.contract.inputs import Input
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.operation import Operation, OperationKey, RequestBody
from specdrift.model.policy import UnsafeMethods
from specdrift.settings import OperationSettings

if TYPE_CHECKING:
    from specdrift.loader.values.body_maker import BodyMaker

_MOST_OPERATIONS = 100_000
_SERVERS = ("servers", "host", "basePath")
"""Members of the root that say where the API is; the last two are those of 2.0."""


class Bodies(StrEnum):
    """For which operations a request body is made. It costs time, and few operations are sent with one."""

    NONE = "none"
    WHERE_SENT = "where-sent"
    """Where an ``[[operations]]`` entry says ``unsafe-methods = "send"`` or has a body."""
    ALL = "all"


class LocatedOperation(NamedTuple):
    """An operation and its Operation Object in the document."""

    operation: Operation
    place: Place


class Configured(NamedTuple):
    """What all ``[[operations]]`` entries that mean one operation say together; later ones win."""

    parameters: Mapping[str, str]
    allow_roles: frozenset[str] = frozenset()
    body: object | None = None
    unsafe_methods: UnsafeMethods | None = None

    @property
    def is_sent(self) -> bool:
        """Whether its requests may have a body."""
        return self.unsafe_methods is UnsafeMethods.SEND or self.body is not None


_NOTHING_CONFIGURED = Configured({})


class OperationReader:
    """Puts together what paths, security, servers and parameters say of each operation."""

    def __init__(
        self,
        root: Place,
        dialect: Dialect,
        references: References,
        findings: Findings,
        *,
        security: SecurityReader,
        settings: Sequence[OperationSettings],
        variables: Mapping[str, str],
        bodies: Bodies,
        inputs: bool,
    ) -> None:
        self._root = root
        self._dialect = dialect
        self._references = references
        self._findings = findings
        self._security = security
        self._settings = settings
        self._variables = variables
        self._bodies = bodies
        self._inputs = inputs
        self._parameters = ParameterReader(dialect, references)
        self._root_servers = dialect.servers(root, variables) or ("/",)
        self._servers_at = next((root.key(member) for member in _SERVERS if member in root.value), None)

    def shared_servers(self, operations: Iterable[Operation]) -> tuple[str, ...]:
        """The root's; where it has none, those with a host that all its operations have."""
        own = {operation.servers for operation in operations}
        if self._servers_at is None and len(own) == 1:
            (shared,) = own
            return shared if any("//" in url for url in shared) else self._root_servers
        return self._root_servers

    def read(self) -> Iterator[LocatedOperation]:
        """Every operation with its own text. Raises :class:`Unreadable` when references multiply them."""
        found = list(self._parts())
        concrete = Concrete(part.operation.key for part, _ in found)
        for part, entry in found:
            if concrete.meant(part.operation.key, part.operation.target) is None:
                yield part
            else:
                yield LocatedOperation(self._set_apart(part, entry, concrete), part.place)

    def _parts(self) -> Iterator[tuple[LocatedOperation, Entry]]:
        entries = PathReader(self._dialect, self._references, self._findings).entries(self._root)
        for number, entry in enumerate(entries):
            if number >= _MOST_OPERATIONS:
                raise Unreadable(f"more than {_MOST_OPERATIONS:,} operations.")
            place = self._place(entry)
            if place is not None:
                yield LocatedOperation(self._operation(entry, place), place), entry

    def _place(self, entry: Entry) -> Place | None:
        """The operation's own text, through a reference where its author put one."""
        place = entry.holder.child(entry.name)
        found: Place | None = place
        if is_reference(place.value):
            lost = f"{entry.key} is not tested."
            found = self._references.follow(place, lost=lost, misplaced_in="an operation")
        if found is None or found.value is None or members(found, entry.key, self._findings) is not None:
            return found
        self._findings.add(
            "invalid-document",
            f"{entry.key} is {kind(found.value)}, not a map; it is not tested.",
            found.here,
        )
        return None

    def _operation(self, entry: Entry, place: Place) -> Operation:
        key = entry.key
        declared_at = entry.holder.key(entry.name)
        requirement, location = self._security.effective(place, key, declared_at)
        tags, operation_id = _tags(place), _text(place, "operationId")
        configured = self._configured(key, tags, operation_id)
        declared = self._parameters.declared(place, entry.item, key)
        sent = self._parameters.sent(declared, configured.parameters)
        servers, servers_at = self._servers(entry, place)
        made = built_request.build(key.path, sent, configured.parameters)
        body = self._body(place, declared, configured)
        return Operation(
            key=key,
            requirement=requirement,
            location=location,
            declared_at=declared_at,
            target=made.target,
            operation_id=operation_id,
            summary=_text(place, "summary"),
            tags=tags,
            servers=servers,
            servers_at=servers_at,
            parameters=made.parameters,
            headers=made.headers,
            missing=made.missing,
            body=body,
            inputs=self._asked(place, declared, body) if self._inputs else (),
            allow_roles=configured.allow_roles,
        )

    def _set_apart(self, part: LocatedOperation, entry: Entry, concrete: Concrete) -> Operation:
        """The operation with values that make its request its own, where there are some."""
        operation, key = part.operation, entry.key
        configured = self._configured(key, operation.tags, operation.operation_id).parameters
        declared = self._parameters.declared(part.place, entry.item, key)
        for sent in self._parameters.varied(declared, configured):
            made = built_request.build(key.path, sent, configured)
            if concrete.meant(key, made.target) is None:
                return replace(operation, **made._asdict())
        return replace(operation, taken_for=concrete.meant(key, operation.target))

    def _body(self, place: Place, declared: list[Parameter], configured: Configured) -> RequestBody | None:
        if self._bodies is Bodies.NONE or not (self._bodies is Bodies.ALL or configured.is_sent):
            return None
        return self._body_maker.make(place, [one.place for one in declared], configured.body)

    def _asked(self, place: Place, declared: list[Parameter], body: RequestBody | None) -> tuple[Input, ...]:
        members = self._body_maker.inputs(place, [one.place for one in declared]) if body else ()
        return (*self._parameters.inputs(declared), *members)

    @cached_property
    def _body_maker(self) -> "BodyMaker":
        from specdrift.loader.values.body_maker import BodyMaker  # few runs send bodies

        return BodyMaker(self._dialect, self._references)

    def _servers(self, entry: Entry, place: Place) -> tuple[tuple[str, ...], SourceLocation | None]:
        for holder in (place, entry.item.holders.get("servers")):
            if holder is not None and holder.value and "servers" in holder.value:
                own = self._dialect.servers(holder, self._variables)
                if own:
                    return own, holder.key("servers")
        return self._root_servers, self._servers_at

    def _configured(self, key: OperationKey, tags: tuple[str, ...], operation_id: str) -> Configured:
        if not self._settings:
            return _NOTHING_CONFIGURED
        meant = [entry for entry in self._settings if means(entry, key, tags, operation_id)]
        return Configured(
            {name: value for entry in meant for name, value in entry.parameters.items()},
            next((e.allow_roles for e in reversed(meant) if e.allow_roles), frozenset()),
            next((e.body for e in reversed(meant) if e.body is not None), None),
            next((e.unsafe_methods for e in reversed(meant) if e.unsafe_methods), None),
        )


def means(entry: OperationSettings, key: OperationKey, tags: tuple[str, ...], operation_id: str) -> bool:
    """Whether an ``[[operations]]`` entry is about an operation."""
    include, exclude = (
        selector.matches(path=key.path, method=key.method, tags=tags, operation_id=operation_id)
        for selector in (entry.include, entry.exclude)
    )
    return include and (entry.exclude.empty or not exclude)


def _tags(place: Place) -> tuple[str, ...]:
    tags = place.value.get("tags") if place.value else None
    return tuple(printable(tag) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _text(place: Place, name: str) -> str:
    value = place.value.get(name) if place.value else None
    return printable(value) if isinstance(value, str) else ""
