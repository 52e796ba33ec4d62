"""Writes a result: every report that was asked for, and the main one to stdout or ``-o``."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from specdrift.app.overwriting import refuse_overwriting
from specdrift.app.repository import locator
from specdrift.cli.terminal.streams import Terminal, Verbosity, write_out
from specdrift.config.describe.files import NamedFile, files_read, files_written
from specdrift.config.keys.kinds import is_file_name
from specdrift.config.reading.validate import did_you_mean
from specdrift.errors import TemplateError, UsageError
from specdrift.model.result.result import Result
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
    params: dict[str, Any],
    terminal: Terminal,
    *,
    settings: Settings | None = None,
    changes: bool = False,
    reads: Iterable[NamedFile] = (),
) -> Output:
    """What ``--format``, ``-o`` and the configured reports ask for. ``reads`` are files that the command reads beside
    those of ``settings``.

    Raises UsageError before anything is sent, for an unknown format, a file that cannot be written, one that would
    replace another output, and one that the run reads.
    """
    settings = settings or Settings()
    main = _main_target(params, settings.reports)
    # The same report at the same path, by the configuration and by -o, is one.
    targets = tuple(dict.fromkeys((*settings.reports, *([main] if main else []))))
    for target in targets:
        _check_format(target.format)
    kept = files_written(settings)
    read = (file for file in files_read(settings) if not _rolls_on(file, targets))
    refuse_overwriting((*kept, *_files(targets, settings)), (*read, *reads))
    for path in (*(target.path for target in targets if target.path != STDOUT), settings.record):
        if path is not None:
            prepare_folder(Path(path))
    return Output(targets=targets, terminal=terminal, templates=params.get("templates"), changes=changes)


def _rolls_on(file: NamedFile, targets: Sequence[ReportTarget]) -> bool:
    """Whether it is the last result, which this one takes the place of once it was read."""
    results = (Path(target.path).resolve() for target in targets if target.format == "json")
    return file.what == "previous" and file.path.resolve() in results


def _files(targets: Iterable[ReportTarget], settings: Settings) -> Iterator[NamedFile]:
    """The reports that go to files; ``-o`` is the one that the settings do not know."""
    for target in targets:
        if target.path != STDOUT:
            origin = settings.origins.get(f"reports.{target.format}") if target in settings.reports else "-o"
            yield NamedFile(what=f"the {target.format} report", path=Path(target.path), origin=origin or "")


def offline(settings: Settings) -> Settings:
    """The settings of a command that sends nothing, and writes neither the configured reports nor a recording."""
    return replace(settings, reports=(), record=None, resume=None)


def named(**paths: Path | str | None) -> list[NamedFile]:
    """The files that a command's arguments name: ``named(RESULT=path)``. What is no file is left out."""
    return [
        NamedFile(what=name, path=Path(path))
        for name, path in paths.items()
        if path and is_file_name(str(path))
    ]


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
    """Render and write every target. Raises UsageError with what could not be written, once all others are."""
    if problems := unwritten(result, output):
        raise UsageError("\n".join(problems))


def unwritten(result: Result, output: Output) -> list[str]:
    """Render and write every target; a line for each that failed, which keeps no other from being written."""
    return [problem for target in output.targets if (problem := _write(result, target, output))]


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
    try:
        if to_stdout:
            write_out(content)
            return ""
        Path(target.path).write_bytes(content)
    except UsageError as error:
        return str(error)
    except BrokenPipeError:
        return ""  # a pipe by name, whose reader has had enough
    except OSError as error:
        return f"cannot write {target.path}: {error.strerror}"
    terminal.note(f"{target.format} report: {target.path}")
    return ""
