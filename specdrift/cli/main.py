"""``specdrift``: the table of commands, and the exit status."""

import os
import sys
from collections.abc import Callable, Sequence

import click

from specdrift import __version__
from specdrift.cli.options.group import CommandEntry, LazyGroup
from specdrift.cli.terminal.ending import NAME, begin, ended, invoked
from specdrift.cli.terminal.streams import print_stderr, write_text
from specdrift.collecting import collect_rarely

COMPLETION = "_SPECDRIFT_COMPLETE"
LASTING = frozenset({"fleet", "mcp"})
"""Commands that make many runs in one process."""

COMMANDS = (
    CommandEntry(
        name="check",
        help="Compare an API with its document.",
        module="specdrift.cli.commands.checking.check",
    ),
    CommandEntry(
        name="plan",
        help="Show what check would send, without sending it.",
        module="specdrift.cli.commands.checking.plan",
    ),
    CommandEntry(
        name="lint",
        help="Check the document, without network.",
        module="specdrift.cli.commands.checking.lint",
    ),
    CommandEntry(
        name="routes",
        help="Read the routes in the source of a service in Axum or Go.",
        module="specdrift.cli.commands.checking.routes",
    ),
    CommandEntry(
        name="report", help="Render a saved result again.", module="specdrift.cli.commands.results.report"
    ),
    CommandEntry(
        name="merge", help="Join the results of shards.", module="specdrift.cli.commands.results.merge"
    ),
    CommandEntry(
        name="compare",
        help="Compare two results.",
        module="specdrift.cli.commands.results.compare",
    ),
    CommandEntry(
        name="notify",
        help="Send a summary of a result to a webhook.",
        module="specdrift.cli.commands.results.notify",
    ),
    CommandEntry(name="fleet", help="Check many services.", module="specdrift.cli.commands.fleets.fleet"),
    CommandEntry(
        name="history", help="Show earlier runs of a fleet.", module="specdrift.cli.commands.fleets.history"
    ),
    CommandEntry(
        name="identities",
        help="Check the client certificates, without network.",
        module="specdrift.cli.commands.setup.identities",
    ),
    CommandEntry(
        name="explain",
        help="Explain a rule or certificate profile.",
        module="specdrift.cli.commands.reference.explain",
    ),
    CommandEntry(name="rules", help="List all rules.", module="specdrift.cli.commands.reference.rules"),
    CommandEntry(
        name="init", help="Write a first specdrift.toml.", module="specdrift.cli.commands.setup.init"
    ),
    CommandEntry(
        name="config", help="Show or check the configuration.", module="specdrift.cli.commands.setup.config"
    ),
    CommandEntry(
        name="trust", help="Trust a configuration file.", module="specdrift.cli.commands.setup.trust"
    ),
    CommandEntry(
        name="mcp",
        help="Serve an assistant (Model Context Protocol).",
        module="specdrift.cli.commands.setup.mcp",
    ),
    CommandEntry(name="schema", help="Print the JSON Schemas.", module="specdrift.cli.commands.setup.schema"),
    CommandEntry(
        name="demo",
        help="Check an embedded server with known drifts.",
        module="specdrift.cli.commands.checking.demo",
    ),
    CommandEntry(
        name="completion",
        help="Print a shell completion script.",
        module="specdrift.cli.commands.setup.completion",
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
  0    no drift at the level of --fail-on, and nothing undecided
  1    drift
  2    invalid usage, configuration or document
  3    incomplete: an operation is undecided
  4    internal error
  130  interrupted
"""


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's callback
    verbose = ctx.params.get("verbose")
    if not wanted:
        if verbose:
            raise click.UsageError("give --verbose after the command; here it goes with --version only")
        return
    if verbose:
        from specdrift.cli.terminal.environment import lines

        write_text("".join(f"{line}\n" for line in lines()))
    else:
        write_text(f"{NAME} {__version__}\n")
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
            callback=_version,
            help="Show the version and exit; with --verbose, also those of Python, OpenSSL and packages.",
        ),
        # Eager, so that it is read before --version, wherever it stands.
        click.Option(["--verbose"], is_flag=True, is_eager=True, hidden=True),
    ],
)


def entry() -> None:
    """The console script."""
    begin()
    # httpx imports its own command line, with rich and pygments, which takes longer than httpx itself.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # None: "cannot be imported"
    if LASTING.isdisjoint(sys.argv[1:2]):
        collect_rarely()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str], *, report: Callable[[str], None] = print_stderr) -> int:
    """Run one command line and return its exit status. ``report`` receives each line of an error."""
    return ended(lambda: _invoke(arguments), (NAME, *arguments), report=report)


def _invoke(arguments: Sequence[str]) -> int:
    if COMPLETION in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, NAME, COMPLETION, os.environ[COMPLETION])
    return invoked(cli, NAME, arguments)
