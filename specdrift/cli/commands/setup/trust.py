"""``specdrift trust``."""

import os
from pathlib import Path
from typing import Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import terminal_of, terminal_options
from specdrift.cli.terminal.streams import Terminal, write_out
from specdrift.config.reading import file as source
from specdrift.config.reading.file import ConfigFile
from specdrift.config.trust.restrictions import restricted_keys
from specdrift.config.trust.store import TrustStore
from specdrift.errors import UsageError


@command_with(
    "trust",
    Example(line="specdrift trust", about="the configuration of this folder, as it is now"),
    Example(line="specdrift trust ci/specdrift.toml"),
    Example(line="specdrift trust --list"),
    Example(line="specdrift trust --revoke ci/specdrift.toml"),
)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--revoke", is_flag=True, help="Trust the file no more.")
@click.option("--list", "listed", is_flag=True, help="List the trusted files.")
@terminal_options
def command(file: Path | None, *, revoke: bool, listed: bool, **params: Any) -> None:  # noqa: ANN401 - click's
    """Trust a configuration file with its present content; default: the one that `specdrift check` finds.

    A trusted file may run commands, expand environment variables, name files outside its folder, and decide where your
    credentials are sent. Every change of the file revokes the trust. The record is kept in
    $XDG_CONFIG_HOME/specdrift (default: ~/.config/specdrift).
    """
    store, terminal = TrustStore.of(os.environ), terminal_of(params)
    if listed:
        write_out("".join(f"{path}\n" for path in store.paths()).encode())
    elif revoke:
        _revoke(store, file or _found().path, terminal)
    else:
        _trust(store, source.load(file, cwd=Path.cwd()) if file else _found(), terminal)


def _found() -> ConfigFile:
    home = os.environ.get("HOME")
    file = source.find(cwd=Path.cwd(), home=Path(home) if home else None)
    if file is None:
        raise UsageError("no configuration was found here; name the file")
    return file


def _trust(store: TrustStore, file: ConfigFile, terminal: Terminal) -> None:
    store.add(file)
    for line in restricted_keys(file, cwd=Path.cwd()):
        terminal.note(line)
    terminal.note(f"{file.shown} is trusted until it changes")


def _revoke(store: TrustStore, path: Path, terminal: Terminal) -> None:
    if not store.remove(path):
        raise UsageError(f"{path} was not trusted")
    terminal.note(f"{path} is not trusted any more")
