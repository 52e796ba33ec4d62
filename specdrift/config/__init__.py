"""Reads the configuration: option > ``SPECDRIFT_*`` variable > file > default.

    settings = read(options={"network.timeout": "5s"})

The file is ``specdrift.toml`` or ``[tool.specdrift]`` in ``pyproject.toml``, looked for from the working
folder up to the repository's root.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from specdrift.config.reading import file as source
from specdrift.config.reading.across import AllowedNames, check_across
from specdrift.config.reading.assemble import assemble
from specdrift.config.reading.overlay import CONFIG_VARIABLE, Options, overlay
from specdrift.config.reading.validate import Checker, ConfigTables, Warn, read_file
from specdrift.errors import ConfigError
from specdrift.redaction.configured import secrets_of
from specdrift.redaction.known import remember
from specdrift.settings import Settings

__all__ = ["AllowedNames", "Options", "find_file", "read"]


def read(
    options: Options | None = None,
    *,
    config: Path | None = None,
    names: AllowedNames | None = None,
    search: bool = True,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    warn: Warn = lambda _: None,
) -> Settings:
    """Read the configuration of a run.

    ``options`` are those of the command line by dotted key (``network.timeout``: text; list keys: texts; flags:
    ``True``; ``identities``: texts of ``--identity`` or identities; ``reports``: texts of ``--report``). ``config`` is
    the file; with None and ``search`` it is searched for. ``names`` are the allowed names of checks, profiles and
    formats. ``warn`` receives each warning, one line. Raises ConfigError with every problem, one a line.
    """
    cwd = cwd or Path.cwd()
    environ = os.environ if environ is None else environ
    checker = Checker(cwd=cwd, environ=environ, warn=warn)
    file = find_file(config, cwd=cwd, environ=environ) if config or search else None
    items = read_file(file, checker) if file else ConfigTables()
    overlay(items, options or {}, checker)
    check_across(items, names or AllowedNames(), checker)
    if checker.problems:
        raise ConfigError("\n".join(checker.problems))
    settings = replace(assemble(items), file=file.path if file else None)
    remember(secrets_of(settings))
    return settings


def find_file(
    config: Path | None = None, *, cwd: Path, environ: Mapping[str, str]
) -> source.ConfigFile | None:
    """Load ``config``, else ``SPECDRIFT_CONFIG``, else the nearest file from ``cwd`` upwards."""
    named = config or environ.get(CONFIG_VARIABLE)
    if not named:
        return source.find(cwd=cwd)
    file = source.load(cwd / named, cwd=cwd)
    if file.prefix and not file.table:
        raise ConfigError(f"{file.shown}: has no [{'.'.join(map(str, file.prefix))}]")
    return file
