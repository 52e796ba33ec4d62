"""The values that ``[[operations]]`` entries give an operation, for all identities and for single ones. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.model.contract.operation import OperationKey, ParameterValue, RequestBody, ValueSource
from specdrift.model.policy import WITH_BODY, UnsafeMethods
from specdrift.settings import OperationSettings


class Configured(Struct, frozen=True, kw_only=True):
    """The values of all entries that match an operation; later entries win."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    own_parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By identity, then by name."""
    body: object | None = None
    bodies: Mapping[str, object] = field(default_factory=dict)
    """By identity."""
    allow_roles: frozenset[str] = frozenset()
    unsafe_methods: UnsafeMethods | None = None

    @property
    def is_sent(self) -> bool:
        """Return whether its requests may have a body, or a head that describes one."""
        return self.unsafe_methods in WITH_BODY or self.body is not None or bool(self.bodies)

    @property
    def identities(self) -> tuple[str, ...]:
        """The identities with values of their own, as the configuration orders them."""
        return tuple(dict.fromkeys((*self.own_parameters, *self.bodies)))

    def of(self, identity: str) -> "Configured":
        """Return the values of an identity: its own before those of all."""
        return replace(
            self,
            parameters={**self.parameters, **self.own_parameters.get(identity, {})},
            body=self.bodies.get(identity, self.body),
        )

    def marked(self, parameters: Iterable[ParameterValue], identity: str) -> tuple[ParameterValue, ...]:
        """Name the configuration key as the origin of an identity's own values."""
        own = self.own_parameters.get(identity, {})
        return tuple(
            replace(value, origin=f"parameters.{identity}")
            if value.source is ValueSource.CONFIG and value.name in own
            else value
            for value in parameters
        )

    def marked_body(self, body: RequestBody | None, identity: str) -> RequestBody | None:
        """As ``marked``."""
        own = body is not None and body.source is ValueSource.CONFIG and identity in self.bodies
        return replace(body, origin=f"bodies.{identity}") if body is not None and own else body


NOTHING_CONFIGURED = Configured()


def configured_values(
    settings: Sequence[OperationSettings], key: OperationKey, tags: tuple[str, ...], operation_id: str
) -> Configured:
    """Combine the ``[[operations]]`` entries that match an operation."""
    meant = [entry for entry in settings if means(entry, key, tags, operation_id)]
    if not meant:
        return NOTHING_CONFIGURED
    own: dict[str, dict[str, str]] = {}
    for entry in meant:
        for identity, values in entry.own_parameters.items():
            own.setdefault(identity, {}).update(values)
    return Configured(
        parameters={name: value for entry in meant for name, value in entry.parameters.items()},
        own_parameters=own,
        body=next((e.body for e in reversed(meant) if e.body is not None), None),
        bodies={name: body for entry in meant for name, body in entry.bodies.items()},
        allow_roles=next((e.allow_roles for e in reversed(meant) if e.allow_roles), frozenset()),
        unsafe_methods=next((e.unsafe_methods for e in reversed(meant) if e.unsafe_methods), None),
    )


def means(entry: OperationSettings, key: OperationKey, tags: tuple[str, ...], operation_id: str) -> bool:
    """Return whether an ``[[operations]]`` entry matches an operation."""
    include, exclude = (
        selector.matches(path=key.path, method=key.method, tags=tags, operation_id=operation_id)
        for selector in (entry.include, entry.exclude)
    )
    return include and (entry.exclude.empty or not exclude)
