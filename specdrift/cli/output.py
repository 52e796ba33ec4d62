"""Writes a result: every report that was asked for, and the main one to stdout or ``-o``."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specdrift.cli.repository import locator
from specdrift.cli.streams import Terminal, Verbosity, write_out
from specdrift.config.validate import did_you_mean
from specdrift.errors import TemplateError, UsageError
from specdrift.model.result import Result
from specdrift.reports import FORMATS, RenderOptions, render
from specdrift.settings import ReportTarget, Settings

STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where a result goes. ``targets`` are files (or ``-``), the main one included."""

    targets: tuple[ReportTarget, ...]
    terminal: Terminal
    templates: Path | None = None
    """A folder whose files go before our own."""
    changes: bool = False
    """For people, only what has changed since the earlier result."""


def planned_output(
    params: dict[str, Any], terminal: Terminal, *, settings: Settings | None = None, changes: bool = False
) -> Output:
    """What ``--format``, ``-o`` and the configured reports ask for.

    Raises UsageError before anything is sent, for an unknown format or a file that cannot be written.
    """
    settings = settings or Settings()
    reports = settings.reports
    main = _main_target(params, reports)
    targets = (*reports, *([main] if main else []))
    for target in targets:
        _check_format(target.format)
        if target.path != STDOUT:
            prepare_folder(Path(target.path))
    if settings.record is not None:
        prepare_folder(settings.record)
    return Output(targets=targets, terminal=terminal, templates=params.get("templates"), changes=changes)


def _main_target(params: dict[str, Any], reports: Sequence[ReportTarget]) -> ReportTarget | None:
    """The one for stdout or ``-o``; none when a report already takes stdout."""
    chosen, path = params.get("format"), params.get("output")
    if path is not None and str(path) != STDOUT:
        return ReportTarget(format=chosen or _format_of(path), path=str(path))
    taken = any(report.path == STDOUT for report in reports)
    return None if taken and not chosen else ReportTarget(format=chosen or "text", path=STDOUT)


def _format_of(path: Path) -> str:
    fitting = [form for form in FORMATS.values() if path.name.lower().endswith(f".{form.extension}")]
    return max(fitting, key=lambda form: len(form.extension)).name if fitting else "text"


def _check_format(name: str) -> None:
    if name not in FORMATS:
        hint = did_you_mean(name, FORMATS) or f" Known: {', '.join(FORMATS)}."
        raise UsageError(f'there is no report format "{name}".{hint}')


def prepare_folder(path: Path) -> None:
    """Make the folder of a file that will be written. Raises UsageError where it cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"cannot write {path}")


def write_result(result: Result, output: Output) -> None:
    """Render and write every target. One that fails does not keep the others from being written."""
    problems = [problem for target in output.targets if (problem := _write(result, target, output))]
    if problems:
        raise UsageError("\n".join(problems))


def _write(result: Result, target: ReportTarget, output: Output) -> str:
    """Write one target; what went wrong, or an empty string."""
    terminal = output.terminal
    to_stdout = target.path == STDOUT
    options = RenderOptions(
        width=terminal.width,
        color=to_stdout and terminal.out_coloured,
        verbose=terminal.verbosity is Verbosity.VERBOSE,
        locate=locator(Path.cwd()),
        templates=output.templates,
        changes=output.changes,
    )
    try:
        content = render(result, target.format, options)
    except TemplateError as error:
        return str(error)
    if to_stdout:
        write_out(content)
        return ""
    try:
        Path(target.path).write_bytes(content)
    except BrokenPipeError:
        return ""  # a pipe by name, whose reader has had enough
    except OSError as error:
        return f"cannot write {target.path}: {error.strerror}"
    terminal.note(f"{target.format} report: {target.path}")
    return ""
