"""``python -m specdrift.ci.hook FILE…``: lints the documents that a commit changes. For pre-commit; no network."""

from pathlib import Path

import click

from specdrift.ci.older import older_documents
from specdrift.ci.steps import combined, specdrift
from specdrift.cli.terminal.ending import end
from specdrift.cli.terminal.streams import print_stderr
from specdrift.errors import ExitStatus


@click.command()
@click.option("--against", default="", metavar="REV", help="Also compare with this revision, such as HEAD.")
@click.option("--fail-on", default="", metavar="SEVERITY", help="As in `specdrift lint`.")
@click.option("--allow-gate-changes", is_flag=True, help="As in `specdrift lint`.")
@click.argument("documents", nargs=-1, required=True)
def main(documents: tuple[str, ...], against: str, fail_on: str, allow_gate_changes: bool) -> int:  # noqa: FBT001
    """Lint DOCUMENTS; exits with the worst status."""
    allowed = ("--allow-gate-changes",) if allow_gate_changes else ()
    options = ("--no-trust-config", *(("--fail-on", fail_on) if fail_on else ()), *allowed)
    return combined(_linted(document, against, options) for document in documents)


def _linted(document: str, against: str, options: tuple[str, ...]) -> int:
    if not against:
        return specdrift("lint", document, *options)
    older = older_documents(against, document, cwd=Path.cwd(), fetch=False)
    compared = (part for one in older.documents for part in ("--against", one))
    linted = specdrift("lint", document, *compared, "--gate-from", older.judge, *options)
    if not older.missing:
        return linted
    print_stderr(f"warning: {document}: {older.note}")
    return combined((linted, ExitStatus.INCOMPLETE))


if __name__ == "__main__":
    end(main, "specdrift.ci.hook")
