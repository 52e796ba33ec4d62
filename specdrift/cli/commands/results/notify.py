"""``specdrift notify``."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import terminal_of, terminal_options
from specdrift.cli.terminal.streams import write_json
from specdrift.errors import UsageError

if TYPE_CHECKING:
    from specdrift.reports.chat.message import Message

KINDS = ("generic", "slack", "teams")
"""As in ``reports.chat.PAYLOADS``, which is imported late."""


class When(StrEnum):
    """Which runs are worth a message."""

    ALWAYS = "always"
    FAILED = "failed"
    CHANGED = "changed"


@command_with(
    "notify",
    Example(line="specdrift notify result.json --to slack --status $?", about="right after the check"),
    Example(line="specdrift notify specdrift-fleet/fleet.json --to teams --when changed"),
    Example(
        line="specdrift notify result.json --to slack --dry-run", about="print the message, send nothing"
    ),
)
@click.argument("result", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--to", "kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="Form of the message."
)
@click.option(
    "--url-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File that has the webhook's URL; default: SPECDRIFT_WEBHOOK_URL.",
)
@click.option(
    "--when",
    type=click.Choice([each.value for each in When]),
    default=When.FAILED.value,
    show_default=True,
    help="Send for every run, for an exit status other than 0, or if something is new or fixed since the previous run. "
    "A run that could not judge everything counts as changed.",
)
@click.option(
    "--status",
    type=click.IntRange(0, 255),
    help="Exit status of the run, from the shell: without a result of it, the message says so.",
)
@click.option(
    "--subject",
    default="",
    metavar="TEXT",
    help="Subject; default: the document's title, or the fleet's name.",
)
@click.option("--link", default="", metavar="URL", help="Where readers find the report.")
@click.option("--dry-run", is_flag=True, help="Print the message and send nothing.")
@terminal_options
def command(
    *,
    result: Path,
    kind: str,
    url_file: Path | None,
    when: str,
    status: int | None,
    subject: str,
    link: str,
    dry_run: bool,
    **params: Any,  # noqa: ANN401 - click's
) -> None:
    """Send a summary of RESULT, a result or the fleet.json of a fleet, to a webhook.

    The summary has the verdict, numbers, and the worst causes with their operations; no request, response or command.
    The URL is a secret: it is read from a variable or a file, and never shown.
    """
    from specdrift.cli.delivery.address import read_address
    from specdrift.cli.delivery.post import post
    from specdrift.reports import chat
    from specdrift.reports.chat.message import line

    terminal = terminal_of(params)
    found = _message(result, status)
    message = replace(found, subject=line(subject) or found.subject, link=_link(link))
    if not _is_due(message, When(when)):
        terminal.note(f"not sent: {message.standing.value.lower()}, and --when is {when}")
        return
    body = chat.body(message, kind)
    if dry_run:
        write_json(f"{body.decode('ascii')}\n")
        return
    address = read_address(os.environ, url_file)
    post(body, address)
    terminal.note(f"sent to {address.host}")


def _message(file: Path, status: int | None) -> "Message":
    """Read the message. With ``status``, of a run that left no result, or whose result has another exit status."""
    if status is not None and not file.exists():
        return _without_result(file.name, status)
    found = _read(file)
    if status is not None and found.exit_status != status:
        return _without_result(found.subject, status)
    return found


def _read(file: Path) -> "Message":
    from specdrift.app.saved import read_result
    from specdrift.fleet.history.announcement import message_of_fleet
    from specdrift.fleet.history.joining import is_overview
    from specdrift.reports.chat.message import message_of

    if not is_overview(file):
        return message_of(read_result(file))
    try:
        return message_of_fleet(file.read_bytes())
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None


def _without_result(subject: str, status: int) -> "Message":
    """A run that wrote no result: what stands in the file, if anything, is of an earlier one."""
    from specdrift.reports.chat.message import Message, Moved, line
    from specdrift.reports.content.headline import EXIT_STATUS, Standing

    meaning = EXIT_STATUS.get(status, "unknown")
    return Message(
        subject=line(subject),
        standing=Standing.PROBLEM,
        sentence=f"The run ended with exit status {status} ({meaning}) and wrote no result.",
        exit_status=status,
        moved=Moved.UNKNOWN,
    )


def _is_due(message: "Message", when: When) -> bool:
    from specdrift.reports.chat.message import Moved
    from specdrift.reports.content.headline import Standing

    due = {
        When.ALWAYS: True,
        # Status 0 without a result of the run is no success.
        When.FAILED: message.exit_status != 0 or message.standing is Standing.PROBLEM,
        When.CHANGED: message.moved is not Moved.SAME,
    }
    return due[when]


def _link(text: str) -> str:
    """Return the link. Raises UsageError for anything that a reader should not click."""
    from specdrift.reports.chat.message import line

    if text and (not text.startswith(("https://", "http://")) or line(text) != text or " " in text):
        raise UsageError("--link is the URL of a report, such as https://ci.example.test/runs/7")
    return text
