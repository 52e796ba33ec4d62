"""``specdrift report``: a saved result, rendered again."""

from pathlib import Path
from typing import Any

import click

from specdrift.cli.group import Example, command_with
from specdrift.cli.options import output_options, talking_options, terminal_of
from specdrift.cli.saved import STDIN, read_result
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result import Result


@command_with(
    "report",
    Example(line="specdrift report out/result.json"),
    Example(line="specdrift report out/result.json -o report.html"),
    Example(
        about="judge what `check --record` kept once more, without network",
        line="specdrift report --rejudge observations.jsonl",
    ),
)
@click.argument("result", required=False, type=click.Path(path_type=Path))
@click.option(
    "--rejudge", type=click.Path(path_type=Path), metavar="FILE", help="Judge this recording again."
)
@click.option(
    "--previous",
    type=click.Path(path_type=Path),
    metavar="RESULT",
    help="An earlier result: say what is new, fixed, unchanged and newly undecided.",
)
@output_options
@talking_options
def command(
    result: Path | None,
    rejudge: Path | None,
    previous: Path | None,
    **params: Any,  # noqa: ANN401 - click's
) -> int:
    """Render RESULT, the JSON result of a check (- for standard input), in any format. Needs no network.

    The exit status is 0 when it was rendered, whatever it says; with --rejudge it is the judgement's.
    """
    from specdrift.cli.output import named, planned_output, write_result
    from specdrift.differ.compare import since

    if (result is None) == (rejudge is None):
        raise UsageError("give either a RESULT or --rejudge FILE")
    reads = named(**{"RESULT": result, "--rejudge": rejudge, "--previous": previous})
    output = planned_output(params, terminal_of(params), reads=reads)
    loaded = _rejudged(rejudge) if rejudge else read_result(result or STDIN)
    if previous:
        loaded = since(loaded, read_result(previous), source=str(previous))
    write_result(loaded, output)
    return loaded.exit_status if rejudge else ExitStatus.OK


def _rejudged(path: Path) -> Result:
    from specdrift import scan

    return scan.rejudge(path)
