"""``specdrift check``: the main job."""

from typing import TYPE_CHECKING, Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import (
    config_options,
    output_options,
    read_settings,
    talking_options,
    target_argument,
    terminal_of,
)
from specdrift.cli.terminal.streams import Terminal
from specdrift.errors import ExitStatus, UsageError
from specdrift.settings import Settings

if TYPE_CHECKING:
    from specdrift.app.output import Output
    from specdrift.model.result.result import Result

_EXAMPLES = (
    Example(
        about="one good client certificate, the server's own CA",
        line="specdrift check openapi.yaml https://localhost:8443 \\\n"
        "    --cacert ca.pem --cert alice.pem --key alice.key",
    ),
    Example(
        about="two roles, and a certificate that must be refused",
        line="specdrift check openapi.yaml https://localhost:8443 --cacert ca.pem \\\n"
        "    --identity alice=alice.pem,alice.key,role=reader \\\n"
        "    --identity bob=bob.pem,bob.key,role=admin \\\n"
        "    --identity old=old.pem,old.key,expect=refused",
    ),
    Example(
        about="everything from specdrift.toml; reports for people and for machines",
        line="specdrift check --report html=out/report.html --report json=out/result.json",
    ),
    Example(
        about="on a branch: what its document describes otherwise than main's, what it dropped, and the listener",
        line="specdrift check --changed-since origin/main:openapi.yaml",
    ),
)

_INSECURE = (
    "--insecure: the server's certificate is NOT verified; whoever answers may be somebody else."
    " This is kept in the report."
)


@command_with("check", *_EXAMPLES)
@target_argument
@config_options()
@click.option("--report", multiple=True, metavar="FORMAT=PATH", help="Write a report (repeatable).")
@output_options
@talking_options
def command(**params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Ask every operation with and without client certificates, and report where SPEC and server disagree.

    SPEC is a file, an http(s) URL, REV:PATH in a git repository, or - for standard input. BASE_URL is where
    the API runs; without it the document's servers are used.
    """
    from specdrift.app.output import planned_output

    terminal = terminal_of(params)
    settings = read_settings(terminal, params)
    result = perform(settings, planned_output(params, terminal, settings=settings), terminal)
    return exit_status(result.exit_status, settings, interrupted=result.interrupted)


def perform(settings: Settings, output: "Output", terminal: Terminal) -> "Result":
    """Run the check and write the reports, also those of a run that was interrupted.

    Raises UsageError with every file that could not be written, after all that could be; what a checkpoint holds is
    kept then, so that nothing has to be asked again.
    """
    from specdrift import scan
    from specdrift.app.comparison import keep, recall
    from specdrift.app.output import unwritten
    from specdrift.app.running import run_to_end
    from specdrift.cli.terminal.progress import Watcher

    if settings.server.insecure:
        terminal.warn(_INSECURE)
    history = recall(settings)
    run = scan.prepare(settings, prompt=terminal.prompt)
    watcher = Watcher(terminal)
    try:
        finished = run_to_end(scan.scan(run), watcher)
    finally:
        watcher.close()
    result = history.place(finished.result)
    problems = unwritten(result, output)
    keep(result, history, terminal)
    if finished.unrecorded:
        problems.append(finished.unrecorded)
    if settings.resume is not None and not problems:
        from specdrift.scan.execution.checkpoint import discard

        discard(settings.resume)
    if problems:
        raise UsageError("\n".join(problems))
    return result


def exit_status(status: int, settings: Settings, *, interrupted: bool) -> int:
    """The result's own status, unless the run was stopped or its owner wants 0."""
    if interrupted:
        return ExitStatus.INTERRUPTED
    forgiven = settings.exit_zero and status in (ExitStatus.DRIFT, ExitStatus.INCOMPLETE)
    return ExitStatus.OK if forgiven else status
