"""``specdrift config``."""

from typing import Any

import click

from specdrift.cli.options.group import CONTEXT, Example, command_with
from specdrift.cli.options.shared import (
    config_options,
    read_settings,
    target_argument,
    terminal_of,
    terminal_options,
)
from specdrift.cli.terminal.streams import write_text
from specdrift.config import Use
from specdrift.config.describe.files import missing_files
from specdrift.config.describe.show import show
from specdrift.errors import ConfigError


@command_with(
    "show",
    Example(line="specdrift config show", about="every key with its value and origin"),
    Example(line="SPECDRIFT_TIMEOUT=5s specdrift config show --retries 0", about="with overrides"),
)
@target_argument
@config_options()
@terminal_options
def show_command(**params: Any) -> None:  # noqa: ANN401 - click's parameters
    """Print the effective configuration as TOML.

    Each value has its origin. Secrets are masked.
    """
    settings = read_settings(terminal_of(params), params, use=Use.INSPECT)
    write_text(show(settings))


@command_with(
    "check",
    Example(line="specdrift config check"),
    Example(line="specdrift config check --config ci/specdrift.toml"),
)
@target_argument
@config_options()
@terminal_options
def check_command(**params: Any) -> None:  # noqa: ANN401 - click's parameters
    """Check keys, values, files and the document, and send nothing.

    These are the checks of `specdrift check` before it sends anything. No command of the configuration is run.
    """
    from specdrift.app.output import OutputOptions, check_output
    from specdrift.app.plan import check_configuration

    terminal = terminal_of(params)
    settings = read_settings(terminal, params)
    missing = missing_files(settings)
    if missing:
        raise ConfigError("\n".join(missing))
    check_output(OutputOptions(), settings)
    for note in check_configuration(settings, prompt=terminal.prompt):
        terminal.warn(note)
    terminal.note("the configuration can be used")


command = click.Group(
    "config",
    commands=[show_command, check_command],
    help="Show or check the configuration.",
    context_settings=CONTEXT,
)
