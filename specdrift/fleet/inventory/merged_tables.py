"""Merges the configuration tables of one service: its own values replace the shared defaults."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from specdrift.app.allowed_names import allowed_names
from specdrift.config.keys.identities import IDENTITIES
from specdrift.config.reading.across import check_across
from specdrift.config.reading.assemble import assemble
from specdrift.config.reading.file import ConfigFile
from specdrift.config.reading.validate import Checker, ConfigTable, ConfigTables, Warn, read_file
from specdrift.config.trust.restrictions import check_restrictions
from specdrift.errors import ConfigError
from specdrift.settings import Settings


class ValueSources(Struct, frozen=True, kw_only=True):
    """Sources of values outside the configuration files."""

    cwd: Path
    """Folder of relative document names."""
    environ: Mapping[str, str]
    """Environment variables, which secrets are read from."""
    variables: frozenset[str] | None = None
    """Those that files may expand; None: all for a trusted file, none for others."""


def settings_of(
    layers: Sequence[ConfigFile], sources: ValueSources, *, warn: Warn = lambda _: None
) -> Settings:
    """Return the settings of one service. Raises ConfigError with every problem, one per line."""
    checker = Checker(cwd=sources.cwd, environ=sources.environ, warn=warn, variables=sources.variables)
    items = ConfigTables()
    for layer in layers:
        put_over(items, read_file(layer, checker))
    check_across(items, allowed_names(), checker)
    check_restrictions(items, checker)
    if checker.problems:
        raise ConfigError("\n".join(checker.problems))
    return assemble(items)


def put_over(below: ConfigTables, above: ConfigTables) -> None:
    """Merge ``above`` into ``below``. A key replaces the same key, and an identity the one of the same name.

    ``[[operations]]`` are appended: the last entry that matches an operation wins.
    """
    for group, items in above.single.items():
        below.single[group] = {**below.single.get(group, {}), **items}
    for group, values in above.free.items():
        below.free[group] = {**below.free.get(group, {}), **values}
    for group, tables in above.named.items():
        below.named[group] = {**below.named.get(group, {}), **tables}
    for group, entries in above.lists.items():
        kept = below.lists.get(group, [])
        if group == IDENTITIES.name:
            kept = [entry for entry in kept if _name(entry) not in set(map(_name, entries))]
        below.lists[group] = [*kept, *entries]


def _name(identity: ConfigTable) -> object:
    return identity["name"].value if "name" in identity else None
