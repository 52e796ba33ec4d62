"""``specdrift check``."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.option import option
from specdrift.cli.options.shared import (
    config_options,
    output_of,
    output_options,
    read_settings,
    sending_terminal_options,
    target_argument,
    terminal_of,
)
from specdrift.cli.terminal.streams import print_stderr
from specdrift.cli.terminal.unwritten import unwritten
from specdrift.config.keys.config_key import Section

if TYPE_CHECKING:
    from specdrift.cli.terminal.streams import Terminal
    from specdrift.settings import Settings

_EXAMPLES = (
    Example(
        about="one valid client certificate, the server's own CA",
        line="specdrift check openapi.yaml https://localhost:8443 \\\n"
        "    --cacert ca.pem --cert alice.pem --key alice.key",
    ),
    Example(
        about="two roles, and a certificate that must be rejected",
        line="specdrift check openapi.yaml https://localhost:8443 --cacert ca.pem \\\n"
        "    --identity alice=alice.pem,alice.key,role=reader \\\n"
        "    --identity bob=bob.pem,bob.key,role=admin \\\n"
        "    --identity old=old.pem,old.key,expect=refused",
    ),
    Example(
        about="configured by specdrift.toml; an HTML report and a JSON result",
        line="specdrift check --report html=out/report.html --report json=out/result.json",
    ),
    Example(
        about="a migration: what the old gateway decides differently",
        line="specdrift check openapi.yaml https://new.example --beside https://old.example",
    ),
    Example(
        about="on a branch: only operations whose requirements differ from main's, and the listener",
        line="specdrift check --changed-since origin/main:openapi.yaml",
    ),
)


@command_with("check", *_EXAMPLES)
@target_argument
@config_options()
@option(
    "--report",
    section=Section.OUTPUT,
    multiple=True,
    metavar="FORMAT=PATH",
    help="Also write this report. Repeatable.",
)
@option(
    "--beside",
    section=Section.TARGET,
    metavar="URL",
    help="Also check this target, and report what it decides differently: the old gateway of a migration. Its "
    "reports, recording and baseline are left out.",
)
@output_options
@sending_terminal_options
def command(beside: str | None, **params: Any) -> int:  # noqa: ANN401 - click's parameters
    """Probe every operation with and without client certificates, and report drift between SPEC and server.

    SPEC is a file, an http(s) URL, REV:PATH in a git repository, or - for standard input. BASE_URL is the URL of
    the API. The default is the first https server of the document, if --allow-hosts names its host or you confirm it.
    """
    began = time.time()
    settings = None
    try:
        terminal = terminal_of(params)
        settings = read_settings(terminal, params)
        return _check(settings, terminal, params, beside)
    except KeyboardInterrupt:
        for line in unwritten(_files(params, settings), began):
            print_stderr(line)
        raise


def _check(settings: "Settings", terminal: "Terminal", params: dict[str, Any], beside: str | None) -> int:
    from specdrift.app.check import exit_status, other_target, run_check
    from specdrift.cli.terminal.notices import NoticePrinter
    from specdrift.cli.terminal.progress import ProgressPrinter

    other = (
        other_target(read_settings(terminal, params | {"target": beside, "base_url": None}))
        if beside
        else None
    )
    output = output_of(params, terminal, settings=settings)
    with ProgressPrinter(terminal) as progress:
        result = run_check(
            settings,
            output,
            watch=progress,
            notify=NoticePrinter(terminal),
            prompt=terminal.prompt,
            confirm=terminal.confirm,
            beside=other,
        )
    return exit_status(result.exit_status, settings, interrupted=result.interrupted)


def _files(params: Mapping[str, Any], settings: "Settings | None") -> Iterator[Path]:
    """Yield the files that the command writes; those of the configuration once it is read."""
    given = [one.partition("=")[2] for one in params["report"]]
    named = [one.path for one in settings.reports] if settings else given
    kept = (settings.recording.record, settings.recording.resume) if settings else ()
    yield from (Path(one) for one in (*named, params["output"], *kept) if one and str(one) != "-")
