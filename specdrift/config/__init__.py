"""Reads the configuration: option > ``SPECDRIFT_*`` variable > file > default.

    settings = read(options={"network.timeout": "5s"})

The file is ``specdrift.toml`` or ``[tool.specdrift]`` in ``pyproject.toml``, looked for from the working
folder up to the repository's root. A file that was found may do less than a trusted one (docs/threat-model.md).
"""

import os
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path

from msgspec.structs import replace

from specdrift.config.reading import file as source
from specdrift.config.reading.across import AllowedNames, check_across
from specdrift.config.reading.assemble import assemble
from specdrift.config.reading.overlay import CONFIG_VARIABLE, Options, overlay
from specdrift.config.reading.validate import Checker, ConfigTables, Expansion, Warn, read_file
from specdrift.config.trust.consent import ConfigAccess, Consent, Trust, Use
from specdrift.config.trust.ownership import is_own
from specdrift.config.trust.restrictions import advice, check_restrictions
from specdrift.contained import leaves_by_link
from specdrift.errors import ConfigError
from specdrift.redaction.configured_secrets import secrets_of
from specdrift.redaction.known import remember
from specdrift.settings import Settings

__all__ = [
    "SEARCHED",
    "AllowedNames",
    "ConfigAccess",
    "ConfigPlace",
    "Consent",
    "Options",
    "Use",
    "find_file",
    "read",
]

_EXPANSIONS = {Use.SEND: Expansion.TRUSTED, Use.READ: Expansion.NONE, Use.INSPECT: Expansion.SHOWN}


class ConfigPlace(Enum):
    """Where the file is looked for if no path is given."""

    SEARCHED = auto()
    """In the working folder or above it, or where ``SPECDRIFT_CONFIG`` names it."""


SEARCHED = ConfigPlace.SEARCHED


def read(
    options: Options | None = None,
    *,
    config: Path | ConfigPlace | None = SEARCHED,
    names: AllowedNames | None = None,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    warn: Warn = lambda _: None,
    access: ConfigAccess = ConfigAccess(),  # noqa: B008 - frozen
) -> Settings:
    """Read the configuration of a run.

    ``options`` are those of the command line by dotted key (``network.timeout``: text; list keys: texts; flags:
    ``True``; ``identities``: texts of ``--identity`` or identities; ``reports``: texts of ``--report``). ``config`` is
    the file; None reads none. ``names`` are the allowed names of checks, profiles and formats. ``warn`` receives each
    warning, one line. Raises ConfigError with every problem, one a line.
    """
    cwd, names = cwd or Path.cwd(), names or AllowedNames()
    environ = os.environ if environ is None else environ
    consent = access.consent.with_environment(environ)
    expansion = _EXPANSIONS[access.use]
    checker = Checker(cwd=cwd, environ=environ, warn=warn, expansion=expansion, variables=consent.variables)
    named = None if config is SEARCHED else config
    file = find_file(named, cwd=cwd, environ=environ, consent=consent) if config else None
    items = read_file(file, checker) if file else ConfigTables()
    overlay(items, options or {}, checker)
    check_across(items, names, checker)
    check_restrictions(items, checker, consent=consent, use=access.use, endings=frozenset(names.endings))
    if checker.problems:
        raise ConfigError("\n".join(checker.problems))
    settings = replace(assemble(items), file=file.path if file else None)
    remember(secrets_of(settings))
    return settings


def find_file(
    config: Path | None = None, *, cwd: Path, environ: Mapping[str, str], consent: Consent | None = None
) -> source.ConfigFile | None:
    """Load ``config``, else ``SPECDRIFT_CONFIG``, else the nearest file from ``cwd`` upwards, with its trust.

    Raises ConfigError for a file that was found and belongs to another user.
    """
    named, consent = config or environ.get(CONFIG_VARIABLE), consent or Consent()
    if not named:
        home = environ.get("HOME")
        file = source.find(cwd=cwd, home=Path(home) if home else None)
        return _found(file, consent, environ) if file else None
    if consent.trust is Trust.WITHHELD and leaves_by_link(cwd, Path(named)):
        raise ConfigError(f"{named}: leads outside by a symbolic link and was not read")
    file = source.load(cwd / named, cwd=cwd)
    if file.prefix and not file.table:
        raise ConfigError(f"{file.shown}: has no [{'.'.join(map(str, file.prefix))}]")
    return replace(file, trusted=consent.covers(file, named=True, environ=environ))


def _found(file: source.ConfigFile, consent: Consent, environ: Mapping[str, str]) -> source.ConfigFile:
    trusted = consent.covers(file, named=False, environ=environ)
    if not trusted and not all(is_own(path, environ) for path in (file.path, file.path.parent)):
        raise ConfigError(f"{file.shown}: belongs to another user, or its folder does. {advice(file)}")
    return replace(file, trusted=trusted)
