"""``specdrift demo``: a server with known drifts, checked."""

from pathlib import Path
from typing import Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import terminal_of, terminal_options


@command_with(
    "demo",
    Example(line="specdrift demo"),
    Example(line="specdrift demo --keep --port 8443", about="and leave the server running, to try things"),
)
@click.option("--keep", is_flag=True, help="Leave the server running until Ctrl-C.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Listen there; by default anywhere free.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("specdrift-demo"),
    show_default=True,
    metavar="DIR",
    help="Where the document and the reports go.",
)
@terminal_options
def command(output: Path, port: int, *, keep: bool, **params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Start an mTLS server that breaks its own OpenAPI document in six places, check it, write the reports.

    It listens on 127.0.0.1 with certificates made for this run. The exit status is 0 when the check found
    exactly what was planted.
    """
    from specdrift.demo.main import Demo, main

    return main(Demo(reports=output, port=port, keep=keep), terminal_of(params))
