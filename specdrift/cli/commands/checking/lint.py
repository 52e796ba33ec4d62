"""``specdrift lint``."""

from pathlib import Path
from typing import Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import (
    config_options,
    output_of,
    output_options,
    read_settings,
    spec_argument,
    terminal_of,
    terminal_options,
)
from specdrift.config import Use

_KEYS = (
    "fail-on",
    "exit-zero",
    "loader.overlays",
    "loader.ref-root",
    "baseline",
    "update-baseline",
    "previous",
    "network.overall-timeout",
)


@command_with(
    "lint",
    Example(line="specdrift lint openapi.yaml"),
    Example(line="specdrift lint origin/main:api/openapi.yaml --fail-on warning"),
    Example(
        line="specdrift lint openapi.yaml --against origin/main:openapi.yaml",
        about="security changes since main's document",
    ),
    Example(line="specdrift lint openapi.yaml --format json", about="the result schema of check"),
)
@spec_argument
@config_options(only=_KEYS)
@click.option(
    "--against",
    metavar="OLD_SPEC",
    multiple=True,
    help="Older document. Requirements weaker than in it are errors, stricter ones notes. Repeatable, for documents "
    "that became one.",
)
@click.option(
    "--gate-from",
    metavar="REV",
    help="Git revision whose configuration and baseline judge; default: REV of --against.",
)
@click.option(
    "--allow-gate-changes",
    is_flag=True,
    help="Judge by the present configuration and baseline, although the change changes them.",
)
@output_options
@terminal_options
def command(
    against: tuple[str, ...],
    gate_from: str | None,
    allow_gate_changes: bool,  # noqa: FBT001 - click's parameter
    **params: Any,  # noqa: ANN401 - click's parameters
) -> int:
    """List the client certificate requirements of SPEC, its contradictions and what cannot be read in it.

    SPEC is a file, an http(s) URL, REV:PATH in a git repository, or - for standard input; so is OLD_SPEC.
    Contacts no server.
    """
    from specdrift.app.check import exit_status
    from specdrift.app.gate_review.gate import gate_at
    from specdrift.app.lint import lint_document
    from specdrift.app.output import named, offline
    from specdrift.app.running.watchdog import in_time
    from specdrift.cli.terminal.notices import NoticePrinter
    from specdrift.loader.sources import revision_of

    terminal = terminal_of(params)
    settings = offline(read_settings(terminal, params, use=Use.READ))
    reads = [file for older in against for file in named(OLD_SPEC=older)]
    output = output_of(params, terminal, settings=settings, reads=reads)
    revisions = (revision_of(older, cwd=Path.cwd()) for older in against)
    revision = gate_from or next(filter(None, revisions), "")
    gate = gate_at(settings, revision, allowed=allow_gate_changes)
    notify = NoticePrinter(terminal)
    result = in_time(
        settings.network.overall_timeout,
        lambda: lint_document(gate, output, against=against, notify=notify),
    )
    return exit_status(result.exit_status, gate.settings)
