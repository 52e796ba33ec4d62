"""``specdrift routes``: what the source wires, beside the document and the runtime."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from specdrift.cli.commands.check import exit_status
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import (
    config_options,
    output_options,
    read_settings,
    talking_options,
    terminal_of,
)

_KEYS = (
    *("fail-on", "allow-incomplete", "exit-zero", "ref-root", "baseline", "update-baseline", "previous"),
    *("source.entry", "source.guards", "source.assume"),
)


@command_with(
    "routes",
    Example(line="specdrift routes .", about="what is wired, and which layers are around it"),
    Example(
        line="specdrift routes . --spec openapi.yaml", about="and where that is not what the document says"
    ),
    Example(
        line="specdrift routes . --result out/result.json --format html -o three-way.html",
        about="document, source and runtime side by side",
    ),
)
@click.argument("crate", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="CRATE_DIR")
@click.option("--spec", metavar="SPEC", help="The OpenAPI document to hold the source against.")
@click.option(
    "--result",
    "earlier",
    type=click.Path(path_type=Path),
    metavar="RESULT",
    help="The JSON result of a check: what the runtime did, beside document and source.",
)
@config_options(only=_KEYS)
@output_options
@talking_options
def command(crate: Path, spec: str | None, earlier: Path | None, **params: Any) -> int:  # noqa: ANN401 - click's
    """Read the routes and layers of the Axum crate or workspace in CRATE_DIR; nothing is compiled or run.

    What cannot be understood is listed with file and line, never guessed.
    """
    from specdrift import scan
    from specdrift.app.comparison import keep, recall
    from specdrift.app.output import named, offline, planned_output, write_result
    from specdrift.app.saved import read_result

    terminal = terminal_of(params)
    settings = offline(read_settings(terminal, params))
    # A document is held against the source only where it is named here: what is checked may be another service.
    settings = replace(settings, spec=spec or "")
    output = planned_output(
        params, terminal, settings=settings, reads=named(**{"--spec": spec, "--result": earlier})
    )
    history = recall(settings)
    result = scan.routes(settings, crate, earlier=read_result(earlier) if earlier else None)
    placed = history.place(result)
    write_result(placed, output)
    keep(placed, history, terminal)
    return exit_status(placed.exit_status, settings, interrupted=False)
