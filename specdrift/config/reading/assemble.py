"""Builds ``Settings`` from validated values, with the origin of each key."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Shape
from specdrift.config.keys.document import CONTRACT, LOADER, OPERATIONS, PARAMETERS, SCHEMES
from specdrift.config.keys.identities import BATTERY, CLIENT_CA, IDENTITIES
from specdrift.config.keys.network import NETWORK
from specdrift.config.keys.output import REDACT, REPORTS
from specdrift.config.keys.server import SERVER
from specdrift.config.keys.source import SOURCE, UNDOCUMENTED
from specdrift.config.keys.top import TOP
from specdrift.config.reading.across import archive
from specdrift.config.reading.validate import ConfigTable, ConfigTables
from specdrift.model.contract.configured_requirement import ConfiguredRequirement
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.selector import Selector
from specdrift.settings import (
    CertificateFormat,
    CheckSettings,
    ClientCaSettings,
    GateSettings,
    Identity,
    LoaderSettings,
    NetworkSettings,
    OperationSettings,
    ParameterSettings,
    PriorSettings,
    RecordingSettings,
    RedactSettings,
    ReportTarget,
    SchemeSettings,
    SelectionSettings,
    ServerSettings,
    Settings,
    SourceSettings,
    UndocumentedSettings,
)

DEFAULT = "default"


def assemble(items: ConfigTables) -> Settings:
    """Build the settings; keys without a value keep their default."""
    return Settings(
        **_nested(_top(items.single.get(TOP.name, {}))),
        server=ServerSettings(**_single(SERVER, items)),
        identities=tuple(_identity(entry) for entry in items.lists.get(IDENTITIES.name, [])),
        client_ca=ClientCaSettings(**_single(CLIENT_CA, items)),
        battery={name: item.value for name, item in items.free.get(BATTERY.name, {}).items()},
        schemes={
            name: SchemeSettings(**_fields(SCHEMES, table))
            for name, table in items.named.get(SCHEMES.name, {}).items()
        },
        loader=LoaderSettings(**_single(LOADER, items)),
        contract=tuple(_requirement(entry) for entry in items.lists.get(CONTRACT.name, [])),
        parameters=ParameterSettings(**_single(PARAMETERS, items)),
        operations=tuple(_operation(entry) for entry in items.lists.get(OPERATIONS.name, [])),
        undocumented=UndocumentedSettings(**_single(UNDOCUMENTED, items)),
        source=SourceSettings(**_single(SOURCE, items)),
        network=NetworkSettings(**_single(NETWORK, items)),
        reports=tuple(
            ReportTarget(format=name, path=item.value)
            for name, item in items.free.get(REPORTS.name, {}).items()
        ),
        redact=RedactSettings(**_single(REDACT, items)),
        origins=dict(_origins(items)),
    )


def _single(group: Group, items: ConfigTables) -> dict[str, Any]:
    return _fields(group, items.single.get(group.name, {}))


def _top(table: ConfigTable) -> dict[str, Any]:
    shared = frozenset(name for name, item in table.items() if item.file is not None and item.file.shared)
    return {**_fields(TOP, table), **({"selection.shared": shared} if shared else {})}


def _fields(group: Group, table: ConfigTable) -> dict[str, Any]:
    return {key.target: table[key.name].value for key in group.keys if key.name in table}


NESTED: Mapping[str, Callable[..., object]] = {
    "gate": GateSettings,
    "checks": CheckSettings,
    "selection": SelectionSettings,
    "prior": PriorSettings,
    "recording": RecordingSettings,
    "include": Selector,
    "exclude": Selector,
}
"""Types of the members that group several keys of one table."""


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Combine fields such as ``gate.fail_on`` into one value for each member."""
    plain: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for name, value in fields.items():
        member, dot, rest = name.partition(".")
        if dot:
            groups.setdefault(member, {})[rest] = value
        else:
            plain[name] = value
    return plain | {member: NESTED[member](**_nested(inner)) for member, inner in groups.items()}


def _identity(entry: ConfigTable) -> Identity:
    fields = _fields(IDENTITIES, entry)
    if archive(entry):
        fields["format"] = CertificateFormat.PKCS12
    return Identity(**fields)


def _operation(entry: ConfigTable) -> OperationSettings:
    fields = _fields(OPERATIONS, entry)
    written = fields.pop("every_parameter", {})
    return OperationSettings(
        parameters={name: value for name, value in written.items() if isinstance(value, str)},
        own_parameters={name: value for name, value in written.items() if not isinstance(value, str)},
        **_nested(fields),
        location=_first_line(entry),
        shared=_is_shared(entry),
    )


def _first_line(entry: ConfigTable) -> SourceLocation | None:
    places = [value.location for value in entry.values() if value.location]
    return min(places, key=lambda place: place.line, default=None)


def _is_shared(entry: ConfigTable) -> bool:
    return any(value.file is not None and value.file.shared for value in entry.values())


def _requirement(entry: ConfigTable) -> ConfiguredRequirement:
    written = [entry[key.name].location for key in CONTRACT.keys if key.name in entry]
    quoted = sorted({(place.line, place.text) for place in written if place})
    location = entry["require"].location
    return ConfiguredRequirement(
        **_nested(_fields(CONTRACT, entry)),
        location=location and replace(location, text="\n".join(text for _, text in quoted)),
        shared=_is_shared(entry),
    )


def _origins(items: ConfigTables) -> Iterator[tuple[str, str]]:
    for group in GROUPS:
        match group.shape:
            case Shape.SINGLE:
                yield from _of_single(group, items.single.get(group.name, {}))
            case Shape.LIST:
                for index, entry in enumerate(items.lists.get(group.name, [])):
                    name = entry["name"].value if "name" in entry else str(index)
                    yield from _of_table(f"{group.name}.{name}", entry)
            case Shape.NAMED:
                for name, table in items.named.get(group.name, {}).items():
                    yield from _of_table(f"{group.name}.{name}", table)
            case Shape.FREE:
                yield from _of_table(group.name, items.free.get(group.name, {}))


def _of_single(group: Group, table: ConfigTable) -> Iterator[tuple[str, str]]:
    for key in group.keys:
        yield group.dotted(key), table[key.name].origin if key.name in table else DEFAULT


def _of_table(prefix: str, table: ConfigTable) -> Iterator[tuple[str, str]]:
    for name, item in table.items():
        yield f"{prefix}.{name}", item.origin
