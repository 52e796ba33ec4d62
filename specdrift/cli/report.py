"""``specdrift report``: a saved result, rendered again."""

import sys
from pathlib import Path
from typing import Any

import click

from specdrift.cli.group import Example, command_with
from specdrift.cli.options import output_options, talking_options, terminal_of
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
@output_options
@talking_options
def command(result: Path | None, rejudge: Path | None, **params: Any) -> int:  # noqa: ANN401 - click's
    """Render RESULT, the JSON result of a check (- for standard input), in any format. Needs no network.

    The exit status is 0 when it was rendered, whatever it says; with --rejudge it is the judgement's.
    """
    from specdrift.cli.output import planned_output, write_result

    if (result is None) == (rejudge is None):
        raise UsageError("give either a RESULT or --rejudge FILE")
    output = planned_output(params, terminal_of(params))
    loaded = _rejudged(rejudge) if rejudge else _read(result or Path("-"))
    write_result(loaded, output)
    return loaded.exit_status if rejudge else ExitStatus.OK


def _read(path: Path) -> Result:
    from specdrift import reports

    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    try:
        return reports.read(content)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _rejudged(path: Path) -> Result:
    from specdrift import scan

    return scan.rejudge(path)
