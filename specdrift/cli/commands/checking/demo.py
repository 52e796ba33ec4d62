"""``specdrift demo``."""

from pathlib import Path
from typing import Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import sending_terminal_options, terminal_of


@command_with(
    "demo",
    Example(line="specdrift demo"),
    Example(line="specdrift demo --keep --port 8443", about="and leave the server running"),
)
@click.option("--keep", is_flag=True, help="Leave the server running until Ctrl-C.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Port to listen on; 0 chooses a free one.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("specdrift-demo"),
    show_default=True,
    metavar="DIR",
    help="Folder for the document and the reports.",
)
@sending_terminal_options
def command(output: Path, port: int, *, keep: bool, **params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Start an mTLS server with six known drifts from its OpenAPI document, check it, and write the reports.

    The server listens on 127.0.0.1 with certificates generated for this run. The exit status is 0 if the check found
    exactly the known drifts.
    """
    from specdrift.demo.main import Demo, main

    return main(Demo(reports=output, port=port, keep=keep), terminal_of(params))
