"""The options that commands share. Those of the configuration come from its table of keys."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specdrift.cli.options.option import F, SectionOption, option
from specdrift.cli.terminal.streams import Colour, Terminal, Verbosity
from specdrift.config import SEARCHED, ConfigAccess, Consent, Use, read
from specdrift.config.describe.files import NamedFile
from specdrift.config.describe.show import raw, toml
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Key, Section, Shape
from specdrift.config.trust.consent import Trust
from specdrift.config.value_types.plain import split_commas
from specdrift.errors import UsageError
from specdrift.settings import Settings

if TYPE_CHECKING:
    from specdrift.app.output import Output

JUDGING = (
    "fail-on",
    "allow-incomplete",
    "not-deployed-ok",
    "exit-zero",
    "baseline",
    "update-baseline",
    "baseline-warn-days",
    "previous",
)
"""Keys that only affect results."""


def config_options(*, without: Collection[str] = (), only: Collection[str] = ()) -> Callable[[F], F]:
    """Add ``--config``, ``--identity`` and the options of configuration keys, limited by dotted names.

    Raises ValueError for a name that no option has.
    """
    known = {group.dotted(key) for group, key in _optional_keys()} | {"identities"}
    if unknown := {*without, *only} - known:
        raise ValueError(f"no option sets {', '.join(sorted(unknown))}")

    def decorate(function: F) -> F:
        for group, key in reversed(list(_optional_keys())):
            dotted = group.dotted(key)
            if dotted not in without and (not only or dotted in only):
                function = _option(group, key)(function)
        if "identities" not in without and (not only or "identities" in only):
            function = _IDENTITY(function)
        return _CONFIG(trust_options(function))

    return decorate


def trust_options(function: F) -> F:
    """Add ``--trust-config`` and ``--allow-env``."""
    function = option(
        "--allow-env",
        section=Section.CONFIGURATION,
        multiple=True,
        metavar="NAME,…",
        help="Environment variables that the configuration may expand; default: all if it is trusted, else none.",
    )(function)
    return option(
        "--trust-config/--no-trust-config",
        section=Section.CONFIGURATION,
        default=None,
        help="Trust the configuration in this run, or restrict it even if it is named or trusted.",
    )(function)


def consent_of(params: Mapping[str, Any]) -> Consent:
    """Build the owner's consent from ``trust_options``."""
    given = params.get("trust_config")
    names = [name for text in params.get("allow_env") or () for name in split_commas(text)]
    return Consent(
        trust=Trust.RECORDED if given is None else Trust.GRANTED if given else Trust.WITHHELD,
        variables=frozenset(names) if names else None,
    )


_CONFIG = option(
    "--config",
    section=Section.CONFIGURATION,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Configuration file, which is trusted; default: specdrift.toml or pyproject.toml, here or in a parent folder.",
)

_IDENTITY = option(
    "--identity",
    section=Section.TARGET,
    multiple=True,
    metavar="NAME=CERT[,KEY]…",
    help="Client certificate, optionally followed by ,role=ROLE, ,scheme=SCHEME and ,expect=refused. Repeatable.",
)


def _optional_keys() -> Iterator[tuple[Group, Key]]:
    return ((group, key) for group in GROUPS for key in group.keys if key.option)


def _option(group: Group, key: Key) -> Callable[[F], F]:
    kind = key.value_type
    if kind.is_flag:
        names = filter(None, (key.option, key.synonym, key.parameter))
        return option(*names, section=key.section, is_flag=True, default=None, help=key.help)
    default = _default(group, key)
    return option(
        key.option,
        key.parameter,
        section=key.section,
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
    """The default that help shows; empty for an unset one."""
    if group.shape is not Shape.SINGLE:
        return ""
    settings = Settings()
    value = raw(key, getattr(settings, group.name) if group.name else settings)
    return toml(value).strip('"') if value not in (None, "", []) else ""


def read_settings(terminal: Terminal, params: dict[str, Any], *, use: Use = Use.SEND) -> Settings:
    """Read the configuration for a command's parameters and what it uses of it."""
    _reject_two_targets(params)
    from specdrift.app.allowed_names import allowed_names

    return read(
        dotted_options(params),
        config=params.get("config") or SEARCHED,
        names=allowed_names(),
        warn=terminal.warn,
        access=ConfigAccess(consent=consent_of(params), use=use),
    )


def dotted_options(params: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a command's parameters to options by dotted key, without unset ones."""
    found: dict[str, Any] = {}
    for group, key in _optional_keys():
        value = params.get(key.parameter)
        if value not in (None, ()):
            found[group.dotted(key)] = value
    named = {"spec": "SPEC", "target": "BASE_URL", "identity": "identities", "report": "reports"}
    found |= {dotted: params[name] for name, dotted in named.items() if params.get(name)}
    return found


def spec_argument(function: F) -> F:
    """Add the argument ``[SPEC]``."""
    return click.argument("spec", required=False)(function)


def target_argument(function: F) -> F:
    """Add the arguments ``[SPEC] [BASE_URL]``."""
    return spec_argument(click.argument("target", required=False, metavar="[BASE_URL]")(function))


def _reject_two_targets(params: dict[str, Any]) -> None:
    """Raise UsageError if BASE_URL and ``--base-url`` differ."""
    if params.get("target") and params.get("base_url") not in (None, params["target"]):
        raise UsageError("BASE_URL and --base-url differ; use one of them")


def prior_options(function: F) -> F:
    """Add ``--baseline`` and ``--previous`` as paths, to commands that read saved results and no configuration."""
    helps = {key.option: key.help for _, key in _optional_keys()}
    for name, metavar in (("--previous", "RESULT"), ("--baseline", "FILE")):
        function = option(
            name,
            section=Section.BASELINES,
            type=click.Path(path_type=Path),
            metavar=metavar,
            help=helps[name],
        )(function)
    return function


def terminal_options(function: F) -> F:
    """Add ``-q``, ``-v`` and ``--color``."""
    return _terminal_options(function, verbose="Print every finding and every row in full.")


def sending_terminal_options(function: F) -> F:
    """Add the same for a command that sends probes."""
    return _terminal_options(
        function, verbose="Print a line for every probe, and every finding and row in full."
    )


def _terminal_options(function: F, *, verbose: str) -> F:
    function = option(
        "--color",
        section=Section.OUTPUT,
        type=click.Choice([colour.value for colour in Colour]),
        default=Colour.AUTO.value,
        help="When to use colour; NO_COLOR and FORCE_COLOR are honoured.",
    )(function)
    function = option("-v", "--verbose", section=Section.OUTPUT, is_flag=True, help=verbose)(function)
    return option(
        "-q", "--quiet", section=Section.OUTPUT, is_flag=True, help="Print no progress and no hints."
    )(function)


def terminal_of(params: dict[str, Any]) -> Terminal:
    """Build the terminal from ``terminal_options``."""
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


class _FormatOption(SectionOption):
    """Lists the formats in its help, which imports them."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the row of help."""
        from specdrift.reports import FORMATS

        *others, last = FORMATS
        self.help = f"{', '.join(others)} or {last}; default: by the ending of -o, else text."
        return super().get_help_record(ctx)


def output_options(function: F) -> F:
    """Add ``--format``, ``-o`` and ``--templates``."""
    function = option(
        "--templates",
        section=Section.OUTPUT,
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        metavar="DIR",
        help="Folder of templates for the HTML report; each replaces the built-in one of the same name.",
    )(function)
    function = option(
        "-o",
        "--output",
        section=Section.OUTPUT,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write the report to this file instead of standard output.",
    )(function)
    return click.option("--format", cls=_FormatOption, section=Section.OUTPUT, metavar="FORMAT")(function)
