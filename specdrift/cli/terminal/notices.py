"""Notices of the use cases as lines on standard error."""

from specdrift.app.notices import BaselineNotUpdated, BaselineUpdated, Notice, ReportWritten, ServerUnverified
from specdrift.cli.terminal.streams import Terminal
from specdrift.model.result.result import Suppression

_UNVERIFIED = (
    "--insecure: the server's certificate is NOT verified; another server may answer in its place."
    " The report records this."
)


class NoticePrinter:
    """Prints each notice it is called with."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __call__(self, notice: Notice) -> None:
        match notice:
            case ServerUnverified():
                self._terminal.warn(_UNVERIFIED)
            case ReportWritten(target=target):
                self._terminal.note(f"{target.format} report: {target.path}")
            case BaselineNotUpdated(source=source):
                self._terminal.warn(f"{source} is unchanged: the run did not complete")
            case BaselineUpdated():
                self._updated(notice)

    def _updated(self, update: BaselineUpdated) -> None:
        for entry in update.removed:
            self._terminal.note(f"fixed, and removed from {update.source}: {_entry(entry)}")
        self._terminal.note(
            f"{update.source}: {update.entries} accepted, {update.added} of them added now; "
            f"{len(update.removed)} removed"
        )
        if update.without_reason:
            self._terminal.note(
                f"write a reason for each of the {update.without_reason} entries without one: "
                "the file cannot be used before"
            )


def _entry(entry: Suppression) -> str:
    about = " on ".join(part for part in (entry.rule, str(entry.operation or entry.subject)) if part)
    return f"{about or entry.fingerprint} ({entry.reason or 'no reason given'})"
