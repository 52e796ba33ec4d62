"""Ends a process: every error and signal becomes an exit status. Status 1 means drift and nothing else."""

import atexit
import gc
import select
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from specdrift.cli.terminal.closed_streams import replace_closed_streams
from specdrift.cli.terminal.streams import discard_stdout, flush, print_messages_of_libraries, print_stderr
from specdrift.errors import ExitStatus, InterruptedStart, SpecdriftError
from specdrift.file_names import usable_names

NAME = "specdrift"
_STDOUT = 1


def begin() -> None:
    """Prepare the standard streams, the messages of libraries, and the end of the process."""
    replace_closed_streams()
    print_messages_of_libraries()
    # At its end, Python looks for garbage among all objects again: a fifth of the time of a short command.
    atexit.register(gc.freeze)


def end(command: click.Command, name: str) -> None:
    """Run a command with the process's arguments, and exit."""
    begin()
    arguments = sys.argv[1:]
    sys.exit(ended(lambda: invoked(command, name, arguments), (name, *arguments)))


def invoked(command: click.Command, name: str, arguments: Sequence[str]) -> int:
    """Run a command without ``command.main()``, which exits with 1 on a closed pipe or an interruption."""
    with command.make_context(name, list(arguments)) as context:
        status = command.invoke(context)
    return status if isinstance(status, int) else ExitStatus.OK


def ended(
    invoke: Callable[[], int], command_line: Sequence[str], *, report: Callable[[str], None] = print_stderr
) -> int:
    """Call ``invoke`` and return its exit status, or that of its error. ``report`` receives each line of an error."""
    try:
        with usable_names():
            status = invoke()
    except click.exceptions.Exit as ending:
        status = ending.exit_code
    except click.ClickException as error:
        _show_usage_error(error, report)
        status = ExitStatus.USAGE
    except SpecdriftError as error:
        for line in str(error).splitlines():
            report(f"error: {line}")
        status = error.exit_status
    except (KeyboardInterrupt, click.Abort) as interruption:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not change the exit status
        early = "; no file was written" if isinstance(interruption, InterruptedStart) else ""
        print_stderr(f"{NAME}: interrupted{early}")
        status = ExitStatus.INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - the outermost edge: a crash must not look like drift
        status = _crashed(error, command_line)
    return int(flush(status))


def _crashed(error: BaseException, command_line: Sequence[str]) -> int:
    """Report an internal error. A reader of standard output that has gone is none, nor is a deleted folder."""
    if isinstance(error, BrokenPipeError) and _is_stdout_unread():
        discard_stdout()
        return ExitStatus.OK
    if isinstance(error, FileNotFoundError) and not _has_working_folder():
        print_stderr(
            "error: the working folder was deleted; change to another folder, and run the command again"
        )
        return ExitStatus.USAGE
    # Not at the top: the modules for its temporary file take a twentieth of the time of `--help`.
    from specdrift.cli.terminal.crash import report_crash

    report_crash(error, command_line)
    return ExitStatus.INTERNAL


def _has_working_folder() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def _is_stdout_unread() -> bool:
    """Whether the reader of standard output has gone; a broken pipe may be another one."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(_STDOUT, select.POLLOUT)
    return any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))


def _show_usage_error(error: click.ClickException, report: Callable[[str], None]) -> None:
    """Print what click would, with the arguments escaped."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        for line in context.get_usage().splitlines():
            print_stderr(line)
        if context.command.get_help_option(context) is not None:
            print_stderr(f"Try '{context.command_path} {context.help_option_names[0]}' for help.")
        print_stderr()
    for line in error.format_message().splitlines():
        report(f"Error: {line}")
