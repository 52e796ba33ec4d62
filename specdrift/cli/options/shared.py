"""The options that commands share. Those of the configuration come from its table of keys."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from specdrift.cli.terminal.streams import Colour, Terminal, Verbosity
from specdrift.config import read
from specdrift.config.describe.files import NamedFile
from specdrift.config.describe.show import raw, toml
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.table import Group, Key, Shape
from specdrift.errors import UsageError
from specdrift.settings import Settings

if TYPE_CHECKING:
    from specdrift.app.output import Output

F = TypeVar("F", bound=Callable[..., Any])

JUDGING = ("fail-on", "allow-incomplete", "exit-zero", "baseline", "update-baseline", "previous")
"""Keys that only matter once something was judged."""


def config_options(*, without: Collection[str] = (), only: Collection[str] = ()) -> Callable[[F], F]:
    """``--config``, ``--identity`` and every configuration key that has an option, less those left out."""

    def decorate(function: F) -> F:
        for group, key in reversed(list(_optional_keys())):
            dotted = group.dotted(key)
            if dotted not in without and (not only or dotted in only):
                function = _option(group, key)(function)
        if "identities" not in without and (not only or "identities" in only):
            function = _IDENTITY(function)
        return _CONFIG(function)

    return decorate


_CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration; by default specdrift.toml or pyproject.toml, here or above.",
)

_IDENTITY = click.option(
    "--identity",
    multiple=True,
    metavar="NAME=CERT[,KEY]…",
    help="A client certificate; more follows as ,role=ROLE and ,expect=refused. Repeatable.",
)


def _optional_keys() -> Iterator[tuple[Group, Key]]:
    return ((group, key) for group in GROUPS for key in group.keys if key.option)


def _option(group: Group, key: Key) -> Callable[[F], F]:
    kind = key.kind
    if kind.is_flag:
        return click.option(key.option, is_flag=True, default=None, help=key.help)
    default = _default(group, key)
    return click.option(
        key.option,
        type=click.Choice(kind.choices)
        if kind.choices
        else click.Path()
        if kind.metavar in ("FILE", "DIR")
        else str,
        metavar=None if kind.choices else kind.metavar,
        multiple=kind.many,
        help=f"{key.help}{' Repeatable.' if kind.many else ''}{f'  [default: {default}]' if default else ''}",
    )


def _default(group: Group, key: Key) -> str:
    """What help shows as the default; nothing for what is simply not set."""
    if group.shape is not Shape.SINGLE:
        return ""
    settings = Settings()
    value = raw(key, getattr(settings, group.name) if group.name else settings)
    return toml(value).strip('"') if value not in (None, "", []) else ""


def read_settings(terminal: Terminal, params: dict[str, Any]) -> Settings:
    """The configuration in force for a command's parameters."""
    _reject_two_targets(params)
    from specdrift.app.allowed_names import allowed_names

    return read(given(params), config=params.get("config"), names=allowed_names(), warn=terminal.warn)


def given(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters of a command by dotted key; what was not given is left out."""
    found: dict[str, Any] = {}
    for group, key in _optional_keys():
        value = params.get(key.option.removeprefix("--").replace("-", "_"))
        if value not in (None, ()):
            found[group.dotted(key)] = value
    named = {"spec": "SPEC", "target": "BASE_URL", "identity": "identities", "report": "reports"}
    found |= {dotted: params[name] for name, dotted in named.items() if params.get(name)}
    return found


def spec_argument(function: F) -> F:
    """The argument ``[SPEC]``."""
    return click.argument("spec", required=False)(function)


def target_argument(function: F) -> F:
    """The arguments ``[SPEC] [BASE_URL]``."""
    return spec_argument(click.argument("target", required=False, metavar="[BASE_URL]")(function))


def _reject_two_targets(params: dict[str, Any]) -> None:
    """BASE_URL and ``--base-url`` say the same thing; they must not say two."""
    if params.get("target") and params.get("base_url") not in (None, params["target"]):
        raise UsageError("BASE_URL and --base-url differ; give one of them")


def terminal_options(function: F) -> F:
    """``-q``, ``-v`` and ``--color``, handed over as ``terminal``."""
    function = click.option(
        "--color",
        type=click.Choice([colour.value for colour in Colour]),
        default=Colour.AUTO.value,
        help="When to colour; NO_COLOR and FORCE_COLOR count as well.",
    )(function)
    function = click.option("-v", "--verbose", is_flag=True, help="A line for every probe.")(function)
    return click.option("-q", "--quiet", is_flag=True, help="No progress and no hints.")(function)


def terminal_of(params: dict[str, Any]) -> Terminal:
    """The terminal as ``terminal_options`` describe it."""
    if params.get("quiet"):
        verbosity = Verbosity.QUIET
    else:
        verbosity = Verbosity.VERBOSE if params.get("verbose") else Verbosity.NORMAL
    return Terminal(verbosity=verbosity, colour=Colour(params.get("color", Colour.AUTO)))


def output_of(
    params: Mapping[str, Any],
    terminal: Terminal,
    *,
    settings: Settings | None = None,
    changes: bool = False,
    reads: Iterable[NamedFile] = (),
) -> "Output":
    """Where the reports of a command with ``output_options`` go; see ``plan_output``."""
    from specdrift.app.output import OutputOptions, plan_output

    options = OutputOptions(
        format=params["format"] or "", path=params["output"], templates=params["templates"], changes=changes
    )
    return plan_output(options, terminal.console, settings=settings, reads=reads)


def output_options(function: F) -> F:
    """``--format``, ``-o`` and ``--templates``."""
    function = click.option(
        "--templates",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        metavar="DIR",
        help="Templates of your own for the HTML report: a file here takes the place of ours with its name.",
    )(function)
    function = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write it there, not to stdout.",
    )(function)
    return click.option(
        "--format",
        metavar="FORMAT",
        help="text, html, json, sarif, junit, markdown, github or gitlab; by default what the name of -o ends in, "
        "else text.",
    )(function)
