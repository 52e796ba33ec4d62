"""``specdrift lint``: the document alone, offline."""

from typing import Any

import click

from specdrift.cli.commands.check import exit_status
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import (
    config_options,
    output_options,
    read_settings,
    spec_argument,
    talking_options,
    terminal_of,
)

_KEYS = ("fail-on", "exit-zero", "ref-root", "baseline", "update-baseline", "previous")


@command_with(
    "lint",
    Example(line="specdrift lint openapi.yaml"),
    Example(line="specdrift lint origin/main:api/openapi.yaml --fail-on warning"),
    Example(
        line="specdrift lint openapi.yaml --against origin/main:openapi.yaml",
        about="who is let in by the changed document and was not by the old one",
    ),
    Example(line="specdrift lint openapi.yaml --format json", about="the same schema as a result of check"),
)
@spec_argument
@config_options(only=_KEYS)
@click.option(
    "--against",
    metavar="OLD_SPEC",
    help="Also compare what both ask of callers: an error for less than OLD_SPEC, a note for more.",
)
@output_options
@talking_options
def command(against: str | None, **params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Say what SPEC promises of client certificates, and what is contradictory or unreadable in it.

    SPEC is a file, an http(s) URL, REV:PATH in a git repository, or - for standard input; so is OLD_SPEC.
    Offline: no server is contacted.
    """
    from specdrift import scan
    from specdrift.app.comparison import keep, recall
    from specdrift.app.output import named, offline, planned_output, write_result

    terminal = terminal_of(params)
    settings = offline(read_settings(terminal, params))
    output = planned_output(params, terminal, settings=settings, reads=named(OLD_SPEC=against))
    history = recall(settings)
    result = history.place(scan.lint(settings, against=against or ""))
    write_result(result, output)
    keep(result, history, terminal)
    return exit_status(result.exit_status, settings, interrupted=False)
