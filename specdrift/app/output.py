"""Writes a result: every configured report, and the main one to standard output or ``-o``."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from msgspec import Struct, field
from msgspec.structs import replace

from specdrift.app.console import Console
from specdrift.app.notices import Notify, ReportWritten
from specdrift.app.overwriting import refuse_overwriting
from specdrift.app.prior_findings import PriorFindings, update_baseline
from specdrift.app.repository import locator, owners
from specdrift.compressed import name_without_ending, packed, unpacked
from specdrift.config.describe.files import NamedFile, files_read, files_written
from specdrift.config.reading.validate import did_you_mean
from specdrift.config.value_types.plain import is_file_name
from specdrift.errors import TemplateError, UsageError
from specdrift.model.result.result import Result
from specdrift.settings import RecordingSettings, ReportTarget, Settings
from specdrift.whole_file import write_whole

STDOUT = "-"
UNKNOWN = ""
"""The format of a file whose ending is that of none."""
MOST_FORMER = 1 << 20
"""Maximum size of a file that a report continues, in bytes."""


class OutputOptions(Struct, frozen=True, kw_only=True):
    """What ``--format``, ``-o`` and ``--templates`` ask for."""

    format: str = ""
    """Empty: by the ending of ``path``, else text."""
    path: Path | None = None
    """None: standard output."""
    templates: Path | None = None
    changes: bool = False


class Output(Struct, frozen=True, kw_only=True):
    targets: tuple[ReportTarget, ...] = ()
    """Files (or ``-``), the main report included."""
    console: Console = field(default_factory=Console)
    templates: Path | None = None
    """Folder of templates that replace the built-in ones of the same name."""
    changes: bool = False
    """In reports for people: only what changed since the earlier result."""
    note: str = ""
    """In the HTML report: what its reader must know of it."""


NO_OUTPUT = Output()
"""Writes no report."""


def plan_output(
    options: OutputOptions,
    console: Console,
    *,
    settings: Settings | None = None,
    reads: Iterable[NamedFile] = (),
) -> Output:
    """Choose the report targets. ``reads`` are input files of the command beside those of ``settings``.

    Raises UsageError, before anything is sent, for an unknown format, a file that cannot be written, one that would
    replace another output, and one that the run reads.
    """
    settings = settings or Settings()
    targets = check_output(options, settings, reads=reads)
    for path in (*(target.path for target in targets if target.path != STDOUT), settings.recording.record):
        if path is not None:
            prepare_folder(Path(path))
    return Output(targets=targets, console=console, templates=options.templates, changes=options.changes)


def check_output(
    options: OutputOptions, settings: Settings, *, reads: Iterable[NamedFile] = ()
) -> tuple[ReportTarget, ...]:
    """Return the report targets; see ``plan_output``. Makes no folder."""
    main = _main_target(options, settings.reports)
    # The same report at the same path, by the configuration and by -o, is one.
    targets = tuple(dict.fromkeys((*settings.reports, *([main] if main else []))))
    for target in targets:
        if target.format != UNKNOWN:
            _check_format(target.format)
    outputs = (*files_written(settings), *_report_files(targets, settings))
    inputs = (file for file in files_read(settings) if not _replaces_previous(file, targets))
    refuse_overwriting(outputs, (*inputs, *reads))
    if main is not None and main.format == UNKNOWN:
        _refuse_ending(main.path)
    return targets


def _replaces_previous(file: NamedFile, targets: Sequence[ReportTarget]) -> bool:
    """Whether ``--previous`` is the file that the new result replaces: it is read before that."""
    results = (os.path.realpath(target.path) for target in targets if target.format == "json")
    return file.what == "previous" and os.path.realpath(file.path) in results


def _report_files(targets: Iterable[ReportTarget], settings: Settings) -> Iterator[NamedFile]:
    """The reports that go to files; only the one of ``-o`` is not in the settings."""
    for target in targets:
        if target.path != STDOUT:
            origin = settings.origins.get(f"reports.{target.format}") if target in settings.reports else "-o"
            yield NamedFile(what=f"the {target.format} report", path=Path(target.path), origin=origin or "")


def offline(settings: Settings) -> Settings:
    """The settings of a command that sends nothing and writes no configured report and no recording."""
    return replace(settings, reports=(), recording=RecordingSettings())


def named(**paths: Path | str | None) -> list[NamedFile]:
    """The files that arguments name, without values that are no file name: ``named(RESULT=path)``."""
    return [
        NamedFile(what=name, path=Path(path))
        for name, path in paths.items()
        if path and is_file_name(str(path))
    ]


def _main_target(options: OutputOptions, reports: Sequence[ReportTarget]) -> ReportTarget | None:
    """The report for standard output or ``-o``; None if a configured report goes to standard output."""
    chosen, path = options.format, options.path
    if path is not None and str(path) != STDOUT:
        return ReportTarget(format=chosen or _format_of(path), path=str(path))
    taken = any(report.path == STDOUT for report in reports)
    return None if taken and not chosen else ReportTarget(format=chosen or "text", path=STDOUT)


def _format_of(path: Path) -> str:
    from specdrift.reports import all_formats

    name = name_without_ending(path.name).lower()
    fitting = [form for form in all_formats().values() if name.endswith(f".{form.extension}")]
    if fitting:
        return max(fitting, key=lambda form: len(form.extension)).name
    return UNKNOWN if Path(name).suffix else "text"


def _refuse_ending(path: str) -> NoReturn:
    """Refuse a file whose ending is that of no format: a text in ``report.pdf`` would be found by its reader."""
    from specdrift.reports import all_formats

    ending = Path(name_without_ending(path)).suffix
    known = ", ".join(dict.fromkeys(f".{form.extension}" for form in all_formats().values()))
    raise UsageError(
        f"-o {path}: no report format writes *{ending} files. Choose another ending ({known}), or name the format with "
        "--format"
    )


def _check_format(name: str) -> None:
    from specdrift.reports import all_formats

    if name not in all_formats():
        hint = did_you_mean(name, all_formats()) or f" Known: {', '.join(all_formats())}."
        raise UsageError(f'there is no report format "{name}".{hint}')


def prepare_folder(path: Path) -> None:
    """Make the parent folder of an output file. Raises UsageError if the file cannot be written there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        known = _status(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    if (known and stat.S_ISDIR(known.st_mode)) or not os.access(path if known else path.parent, os.W_OK):
        raise UsageError(f"cannot write {path}")


def _status(path: Path) -> os.stat_result | None:
    """Return the status of a file; None if there is none. Raises OSError for a name that no file can have."""
    with suppress(FileNotFoundError):
        return path.stat()
    return None


def publish(result: Result, prior: PriorFindings, output: Output, notify: Notify) -> list[str]:
    """Write every report, then update the baseline. Returns a line for each report that could not be written."""
    problems = write_reports(result, output, notify)
    notice = update_baseline(result, prior)
    if notice is not None:
        notify(notice)
    return problems


def publish_all(result: Result, prior: PriorFindings, output: Output, notify: Notify) -> None:
    """Publish; raises UsageError with each report that could not be written, after writing all others."""
    if problems := publish(result, prior, output, notify):
        raise UsageError("\n".join(problems))


def write_result(result: Result, output: Output, notify: Notify) -> None:
    """Write every report. Raises UsageError with each that could not be written, after writing all others."""
    if problems := write_reports(result, output, notify):
        raise UsageError("\n".join(problems))


def write_reports(result: Result, output: Output, notify: Notify) -> list[str]:
    """Render and write every target; returns a line for each failure."""
    return [problem for target in output.targets if (problem := _write(result, target, output, notify))]


def _write(result: Result, target: ReportTarget, output: Output, notify: Notify) -> str:
    """Write one target; returns the problem, or an empty string."""
    from specdrift.reports import RenderOptions, all_formats, render_in_pieces

    to_stdout = target.path == STDOUT
    located = locator(Path.cwd())
    options = RenderOptions(
        width=output.console.width,
        color=to_stdout and output.console.coloured,
        verbose=output.console.verbose,
        locate=located,
        owners=owners(located),
        templates=output.templates,
        changes=output.changes,
        note=output.note,
        former=b"" if to_stdout or not all_formats()[target.format].continues else _former(Path(target.path)),
    )
    try:
        pieces = render_in_pieces(result, target.format, options)
    except TemplateError as error:
        return str(error)
    try:
        if to_stdout:
            for piece in pieces:
                output.console.write(piece)
            return ""
        write_whole(Path(target.path), packed(pieces, target.path))
    except UsageError as error:
        return str(error)
    except BrokenPipeError:
        return ""  # the reader of a named pipe has closed it
    except OSError as error:
        return f"cannot write {target.path}: {error.strerror}"
    notify(ReportWritten(target=target))
    return ""


def _former(path: Path) -> bytes:
    """Return the file that a report replaces; empty if there is none, or none that a report could be."""
    try:
        known = path.stat()
        if not stat.S_ISREG(known.st_mode) or known.st_size > MOST_FORMER:
            return b""
        return unpacked(path.read_bytes(), most=MOST_FORMER)
    except (OSError, UsageError):
        return b""
