"""``specdrift``: the commands, and what their endings mean to the caller."""

import os
import signal
import sys
from collections.abc import Callable, Sequence

import click

from specdrift import __version__
from specdrift.cli.options.group import Entry, LazyGroup
from specdrift.cli.terminal.streams import discard_stdout, flush, print_stderr
from specdrift.errors import ExitStatus, SpecdriftError

NAME = "specdrift"
COMPLETION = "_SPECDRIFT_COMPLETE"

COMMANDS = (
    Entry(
        name="check",
        help="Check an API against its document.",
        module="specdrift.cli.commands.checking.check",
    ),
    Entry(
        name="plan",
        help="Show what check would send; send nothing.",
        module="specdrift.cli.commands.checking.plan",
    ),
    Entry(
        name="lint", help="Check the document alone, offline.", module="specdrift.cli.commands.checking.lint"
    ),
    Entry(
        name="routes",
        help="Read the routes in the source of an Axum service.",
        module="specdrift.cli.commands.checking.routes",
    ),
    Entry(name="report", help="Render a saved result again.", module="specdrift.cli.commands.results.report"),
    Entry(name="merge", help="Join the results of shards.", module="specdrift.cli.commands.results.merge"),
    Entry(
        name="compare",
        help="Say what has changed between two results.",
        module="specdrift.cli.commands.results.compare",
    ),
    Entry(name="fleet", help="Check many services in one go.", module="specdrift.cli.commands.fleets.fleet"),
    Entry(
        name="history", help="Show earlier runs of a fleet.", module="specdrift.cli.commands.fleets.history"
    ),
    Entry(
        name="identities",
        help="Check the client certificates, offline.",
        module="specdrift.cli.commands.setup.identities",
    ),
    Entry(
        name="explain",
        help="Explain a rule: what, why, what to do.",
        module="specdrift.cli.commands.reference.explain",
    ),
    Entry(name="rules", help="List all rules.", module="specdrift.cli.commands.reference.rules"),
    Entry(name="init", help="Write a first specdrift.toml.", module="specdrift.cli.commands.setup.init"),
    Entry(
        name="config", help="Show or check the configuration.", module="specdrift.cli.commands.setup.config"
    ),
    Entry(name="schema", help="Print the JSON Schemas.", module="specdrift.cli.commands.setup.schema"),
    Entry(
        name="demo",
        help="See it work on a server with planted drift.",
        module="specdrift.cli.commands.checking.demo",
    ),
    Entry(
        name="completion", help="Print shell completion.", module="specdrift.cli.commands.setup.completion"
    ),
)

_HELP = """Checks that an HTTP API demands client certificates exactly where its OpenAPI document says so.

\b
Examples:
  specdrift demo
  specdrift check openapi.yaml https://localhost:8443 --cacert ca.pem --cert alice.pem --key alice.key
  specdrift init && specdrift check
"""

_EXIT_STATUS = """\b
Exit status:
  0    everything was judged and nothing reached --fail-on
  1    drift
  2    usage, configuration or document
  3    incomplete: something declared could not be judged
  4    internal error
  130  interrupted
"""


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's callback
    if wanted:
        click.echo(f"{NAME} {__version__}")
        ctx.exit()


cli = LazyGroup(
    NAME,
    entries=COMMANDS,
    help=_HELP,
    epilog=_EXIT_STATUS,
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Show the version and exit.",
        )
    ],
)


def entry() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str], *, report: Callable[[str], None] = print_stderr) -> int:
    """Run one command line and return its exit status. ``report`` receives each line of an error."""
    try:
        status = _invoke(arguments)
    except click.exceptions.Exit as ending:
        status = ending.exit_code
    except click.ClickException as error:
        error.show()
        status = ExitStatus.USAGE
    except SpecdriftError as error:
        for line in str(error).splitlines():
            report(f"error: {line}")
        status = ExitStatus.USAGE
    except (KeyboardInterrupt, click.Abort):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not change how this ends
        print_stderr(f"{NAME}: interrupted")
        status = ExitStatus.INTERRUPTED
    except BrokenPipeError:
        discard_stdout()
        status = ExitStatus.OK
    except Exception as error:  # noqa: BLE001 - the outermost edge: a crash must not look like drift
        from specdrift.cli.terminal.crash import report_crash

        report_crash(error, arguments)
        status = ExitStatus.INTERNAL
    flush()
    return int(status)


def _invoke(arguments: Sequence[str]) -> int:
    """Not ``cli.main()``: it would answer a closed pipe with 1."""
    if COMPLETION in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, NAME, COMPLETION, os.environ[COMPLETION])
    with cli.make_context(NAME, list(arguments)) as context:
        status = cli.invoke(context)
    return status if isinstance(status, int) else ExitStatus.OK
