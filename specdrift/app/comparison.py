"""What a result is held against: the baseline, and an earlier result. Reads and writes their files."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from specdrift.app.saved import read_result, shown
from specdrift.cli.terminal.streams import Terminal
from specdrift.differ import baseline_file
from specdrift.differ.baseline import Baseline, accept, updated
from specdrift.differ.compare import since
from specdrift.differ.status import status_again
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.result.result import Result, Suppression
from specdrift.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was there before the run; ``earlier`` is the result of ``settings.previous``."""

    settings: Settings
    baseline: Baseline | None = None
    earlier: Result | None = None

    def place(self, result: Result) -> Result:
        """The result beside it all, with the exit status that follows."""
        placed = accept(result, self.baseline) if self.baseline else result
        if self.earlier and self.settings.previous:
            placed = since(placed, self.earlier, source=shown(self.settings.previous))
        return _with_status(placed, self.settings) if self.baseline else placed


def recall(settings: Settings) -> History:
    """Read what the settings name. Raises UsageError for a file that cannot be used, before anything is sent."""
    if settings.update_baseline and settings.baseline is None:
        raise UsageError(
            "--update-baseline needs a file: --baseline FILE, or baseline = FILE in the configuration"
        )
    if settings.update_baseline and settings.shard is not None:
        raise UsageError("--update-baseline needs the whole document, and --shard asks a part of it")
    return History(
        settings=settings,
        baseline=_read(settings.baseline, writing=settings.update_baseline) if settings.baseline else None,
        earlier=read_result(settings.previous) if settings.previous else None,
    )


def keep(result: Result, history: History, terminal: Terminal) -> None:
    """With ``--update-baseline``: write what is open now, and say what became of each entry."""
    settings, before = history.settings, history.baseline
    if not settings.update_baseline or before is None or settings.baseline is None:
        return
    if result.problem or result.interrupted or result.exit_status == ExitStatus.USAGE:
        terminal.warn(f"{before.source} is left as it is: the run did not come to its end")
        return
    after = updated(before, result)
    _write(settings.baseline, baseline_file.write(after))
    for line in _told(before, after, result):
        terminal.note(line)


def _with_status(result: Result, settings: Settings) -> Result:
    status = status_again(result, settings.fail_on, allow_incomplete=settings.allow_incomplete)
    return replace(result, exit_status=status)


def _read(path: Path, *, writing: bool) -> Baseline:
    source = shown(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if writing:
            return Baseline(source=source)
        raise UsageError(f"there is no baseline {source}; `check --update-baseline` writes it") from None
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}") from None
    return baseline_file.read(content, source=source, unfinished=writing)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing: reasons are nowhere else."""
    real = path.resolve()
    partial = real.with_name(f".{real.name}.{os.getpid()}")
    try:
        if real.exists() and real.read_bytes() == content:
            return
        real.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        if real.exists():
            partial.chmod(real.stat().st_mode & 0o777)
        partial.replace(real)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"cannot write {shown(path)}: {error.strerror}") from None


def _told(before: Baseline, after: Baseline, result: Result) -> list[str]:
    fixed = result.baseline.fixed if result.baseline else ()
    names = {entry.fingerprint for entry in before.entries}
    added = [entry for entry in after.entries if entry.fingerprint not in names]
    lines = [f"fixed, and removed from {before.source}: {_named(entry)}" for entry in fixed]
    lines.append(
        f"{before.source}: {len(after.entries)} accepted, {len(added)} of them added now; {len(fixed)} removed"
    )
    unfinished = sum(not entry.reason for entry in after.entries)
    if unfinished:
        lines.append(
            f"write a reason for each of the {unfinished} without one: until then the file is refused"
        )
    return lines


def _named(entry: Suppression) -> str:
    about = " on ".join(part for part in (entry.rule, str(entry.operation or entry.subject)) if part)
    return f"{about or entry.fingerprint} ({entry.reason or 'no reason was given'})"
