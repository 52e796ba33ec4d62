"""``specdrift report``."""

from pathlib import Path
from typing import Any

import click

from specdrift.app.saved import STDIN, read_result
from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import (
    output_of,
    output_options,
    prior_options,
    terminal_of,
    terminal_options,
)
from specdrift.collecting import collecting_rarely
from specdrift.errors import ExitStatus, UsageError


@command_with(
    "report",
    Example(line="specdrift report out/result.json"),
    Example(line="specdrift report out/result.json -o report.html"),
    Example(
        about="judge a recording of `check --record` again, without network",
        line="specdrift report --rejudge run.json --baseline baseline.json",
    ),
)
@click.argument("result", required=False, type=click.Path(path_type=Path))
@click.option("--rejudge", type=click.Path(path_type=Path), metavar="FILE", help="Recording to judge again.")
@prior_options
@output_options
@terminal_options
def command(
    result: Path | None,
    rejudge: Path | None,
    baseline: Path | None,
    previous: Path | None,
    **params: Any,  # noqa: ANN401 - click's
) -> int:
    """Render RESULT, the JSON result of a check (- for standard input), in any format. Needs no network.

    The exit status is 0 if it was rendered, also for drift. With --rejudge it is that of the new judgement, by
    --fail-on of the recorded run. A recording holds no baseline and no earlier result: name them again. --baseline is
    for --rejudge only.
    """
    from specdrift.app.check import exit_status
    from specdrift.app.output import named, write_result
    from specdrift.app.results import compare_results, rejudge_recording
    from specdrift.cli.terminal.notices import NoticePrinter

    if (result is None) == (rejudge is None):
        raise UsageError("give either a RESULT or --rejudge FILE")
    if baseline and rejudge is None:
        raise UsageError("--baseline needs --rejudge; a RESULT is compared with its baseline already")
    paths = {"RESULT": result, "--rejudge": rejudge, "--baseline": baseline, "--previous": previous}
    terminal = terminal_of(params)
    output = output_of(params, terminal, reads=named(**paths))
    # Not between the steps either: a collection looks at each object of the result, and frees none.
    with collecting_rarely():
        if rejudge:
            loaded, settings = rejudge_recording(rejudge, baseline=baseline, previous=previous)
            status = exit_status(loaded.exit_status, settings, interrupted=loaded.interrupted)
        else:
            saved = read_result(result or STDIN)
            loaded, status = compare_results(saved, previous) if previous else saved, ExitStatus.OK
        write_result(loaded, output, NoticePrinter(terminal))
    return status
