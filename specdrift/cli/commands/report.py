"""``specdrift report``: a saved result, rendered again."""

from pathlib import Path
from typing import Any

import click

from specdrift.app.saved import STDIN, read_result
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import output_options, talking_options, terminal_of
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result.result import Result


@command_with(
    "report",
    Example(line="specdrift report out/result.json"),
    Example(line="specdrift report out/result.json -o report.html"),
    Example(
        about="judge what `check --record` kept once more, without network",
        line="specdrift report --rejudge run.json --baseline baseline.json",
    ),
)
@click.argument("result", required=False, type=click.Path(path_type=Path))
@click.option(
    "--rejudge", type=click.Path(path_type=Path), metavar="FILE", help="Judge this recording again."
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --rejudge: drifts that are accepted, each for a reason and until a day.",
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
    baseline: Path | None,
    previous: Path | None,
    **params: Any,  # noqa: ANN401 - click's
) -> int:
    """Render RESULT, the JSON result of a check (- for standard input), in any format. Needs no network.

    The exit status is 0 when it was rendered, whatever it says; with --rejudge it is the judgement's, by the levels of
    the recorded run. Its baseline and earlier result are no part of a recording: name them again.
    """
    from specdrift.app.output import named, planned_output, write_result

    if (result is None) == (rejudge is None):
        raise UsageError("give either a RESULT or --rejudge FILE")
    if baseline and rejudge is None:
        raise UsageError("--baseline goes with --rejudge; in a RESULT it has its say already")
    paths = {"RESULT": result, "--rejudge": rejudge, "--baseline": baseline, "--previous": previous}
    output = planned_output(params, terminal_of(params), reads=named(**paths))
    if rejudge:
        loaded, status = _rejudged(rejudge, baseline, previous)
    else:
        loaded, status = _since(read_result(result or STDIN), previous), ExitStatus.OK
    write_result(loaded, output)
    return status


def _since(result: Result, previous: Path | None) -> Result:
    from specdrift.differ.compare import since

    return since(result, read_result(previous), source=str(previous)) if previous else result


def _rejudged(path: Path, baseline: Path | None, previous: Path | None) -> tuple[Result, int]:
    """The result beside baseline and earlier result, and the status that `check` would have ended with."""
    from specdrift import scan
    from specdrift.app.comparison import recall
    from specdrift.cli.commands.check import exit_status
    from specdrift.scan.conclusion.merging import exit_zero_of, fail_on_of, incomplete_allowed
    from specdrift.settings import Settings

    judged = scan.rejudge(path)
    settings = Settings(
        baseline=baseline,
        previous=previous,
        fail_on=fail_on_of(judged),
        allow_incomplete=incomplete_allowed(judged),
        exit_zero=exit_zero_of(judged),
    )
    placed = recall(settings).place(judged)
    return placed, exit_status(placed.exit_status, settings, interrupted=placed.interrupted)
