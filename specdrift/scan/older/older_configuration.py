"""The configuration of an older revision, and the settings by which its document is read."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from specdrift.config.gate.exit_keys import DEFAULT
from specdrift.config.reading.assemble import assemble as settings_from
from specdrift.config.reading.file import ConfigFile, load
from specdrift.config.reading.validate import Checker, Expansion, read_file
from specdrift.config.value_types.plain import is_file_name
from specdrift.errors import ConfigError, UsageError
from specdrift.scan.older.base_revision import BaseRevision
from specdrift.settings import Settings

_READING = {
    "loader.overlays": "overlays",
    "loader.ref-root": "ref_root",
    "loader.mtls-extension": "mtls_extension",
}
"""Keys whose value is that of the older file. Limits and allowed hosts stay those of the run."""


def older_configuration(base: BaseRevision, present: ConfigFile | None, *, cwd: Path) -> ConfigFile | None:
    """Return the configuration before the change; the present one if it is outside of the repository.

    Raises ConfigError if it cannot be read.
    """
    if present is not None and not base.path_of(present.path):
        return present
    return base.configuration(present, cwd=cwd)


def set_by_file(settings: Settings, key: str, file: ConfigFile | None) -> bool:
    """Whether the file sets a dotted key, or nothing does. Options and variables belong to the run."""
    named = file.where(*key.split(".")) if file else DEFAULT
    return settings.origins.get(key, DEFAULT) in (DEFAULT, named)


def settings_at(base: BaseRevision, settings: Settings, *, cwd: Path) -> Settings:
    """Return the settings with what reads a document as the revision has it: meanings, requirements and overlays.

    A configuration of the revision that no run could use is replaced by the present one. Raises UnknownContentError,
    and UsageError for an overlay that only the revision names, and that is not a file of the repository.
    """
    present = load(settings.file, cwd=cwd) if settings.file else None
    older = _settings_of(base, present, settings, cwd)
    taken = [key for key in _READING if set_by_file(settings, key, present)]
    loader = replace(
        settings.loader, **{_READING[key]: getattr(older.loader, _READING[key]) for key in taken}
    )
    named_there = older is not settings and "loader.overlays" in taken
    overlays = tuple(
        _overlays(base, loader.overlays, allowed=settings.loader.overlays, named_there=named_there, cwd=cwd)
    )
    variables = older.server if set_by_file(settings, "server.variables", present) else settings.server
    return replace(
        settings,
        schemes=older.schemes,
        contract=older.contract,
        loader=replace(loader, overlays=overlays),
        server=replace(settings.server, variables=variables.variables),
    )


def _settings_of(base: BaseRevision, present: ConfigFile | None, settings: Settings, cwd: Path) -> Settings:
    """Return the settings that the file of the revision alone makes. No credential of it is used."""
    try:
        file = older_configuration(base, present, cwd=cwd)
    except ConfigError:
        return settings
    if file is None:
        none = Settings()
        if present is not None and _reading(settings) != _reading(none):
            base.read(base.path_of(present.path))  # raises where it is unknown what the file was
        return none
    return settings_of(file, cwd=cwd) or settings


def _reading(settings: Settings) -> tuple[object, ...]:
    """Return what reads a document."""
    loader = (getattr(settings.loader, member) for member in _READING.values())
    return (settings.schemes, settings.contract, settings.server.variables, *loader)


def settings_of(file: ConfigFile, *, cwd: Path) -> Settings | None:
    """Return the settings that a file alone makes, without variables; None for one that no run could use."""
    checker = Checker(cwd=cwd, environ={}, warn=lambda _: None, expansion=Expansion.NONE)
    tables = read_file(file, checker)
    return None if checker.problems else settings_from(tables)


def _overlays(
    base: BaseRevision, overlays: Iterable[str], *, allowed: Collection[str], named_there: bool, cwd: Path
) -> Iterator[str]:
    """Yield the overlays of the revision. It does not have those that an option names and the change adds."""
    for overlay in overlays:
        path = base.path_of(cwd / overlay) if is_file_name(overlay, cwd) else ""
        if not path and overlay not in allowed:
            raise UsageError(
                f"{base.name} has the overlay {overlay}, which is outside of the repository: it is read only if the "
                "present configuration names it too"
            )
        named = f"{base.commit}:{path}" if path else overlay
        if path and (cwd / named).exists():
            raise UsageError(f"{named} is a file, and names an overlay of {base.name}: remove the file")
        if not path:
            yield named
        elif named_there:
            base.read_named(path)
            yield named
        elif base.read(path) is not None:
            yield named
