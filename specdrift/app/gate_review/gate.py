"""Judges a change by the gate of its base revision: the configuration and the baseline that it may also change."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from specdrift.app.gate_review.overlay_effect import OVERLAYS, OverlayEffect, same_overlays
from specdrift.app.saved import display_path
from specdrift.config.describe.files import files_read
from specdrift.config.gate.configuration_changes import gate_changes
from specdrift.config.gate.exit_keys import exit_keys
from specdrift.config.reading.file import ConfigFile, load
from specdrift.config.value_types.plain import is_file_name
from specdrift.differ import baseline_file
from specdrift.differ.baseline import Baseline
from specdrift.differ.baseline_changes import baseline_changes
from specdrift.errors import ConfigError, UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.model.gate import GateChange
from specdrift.scan.older.base_revision import BaseRevision, base_revision, fork_point
from specdrift.scan.older.older_configuration import older_configuration, set_by_file, settings_of
from specdrift.settings import Settings

_COMPARED_ELSEWHERE = frozenset({"the configuration", "spec", "baseline", "changed-since", "previous"})


class Gate(Struct, frozen=True, kw_only=True):
    """How a run is judged."""

    settings: Settings
    """With ``fail-on``, ``allow-incomplete`` and ``exit-zero`` of the base revision, unless an option sets them."""
    baseline: Baseline | None = None
    """Of the base revision. None: that of the settings."""
    changes: tuple[GateChange, ...] = ()
    allowed: bool = False
    """Whether the owner of the gate allows its changes."""


def gate_at(settings: Settings, revision: str, *, allowed: bool = False, cwd: Path | None = None) -> Gate:
    """Read the gate of ``revision``, and what the present branch changes about it.

    The tip of ``revision`` judges: a branch cannot choose an older gate by where it begins. A change is what differs
    both from the tip and from where the branch began, so that a branch is not accused of what the tip changed since.

    Empty ``revision``: the gate of the work tree. So it is where the changes are ``allowed``, and for
    ``--update-baseline`` on the command line. Raises UsageError for an unknown revision, and UnknownContentError.
    """
    cwd = cwd or Path.cwd()
    if not revision or _updates_baseline(settings):
        return Gate(settings=settings)
    tip = base_revision(revision, cwd=cwd)
    present = load(settings.file, cwd=cwd) if settings.file else None
    fork = fork_point(tip, cwd=cwd)
    effect = OverlayEffect(settings, present, cwd=cwd)
    view = _view(tip, settings, present, effect)
    changes = view.changes
    if changes and fork is not tip:
        changes = tuple(_since_both(view, _view(fork, settings, present, effect)))
    if allowed:
        return Gate(settings=settings, changes=changes, allowed=True)
    return Gate(settings=view.held, baseline=view.baseline, changes=changes)


class _View(Struct, frozen=True, kw_only=True):
    """The gate of one revision, and how the work tree differs from it."""

    held: Settings
    baseline: Baseline | None
    changes: tuple[GateChange, ...]
    is_readable: bool
    """Whether keys could be compared."""


def _view(base: BaseRevision, settings: Settings, present: ConfigFile | None, effect: OverlayEffect) -> _View:
    cwd = effect.cwd
    older, unreadable = _older_configuration(base, present, cwd)
    held = _held(settings, older, present)
    tolerant = held.gate.allow_incomplete
    keys = () if unreadable else gate_changes(older, present, incomplete_passes=tolerant)
    if any(change.subject == OVERLAYS for change in keys) and same_overlays(base, older, present):
        keys = tuple(change for change in keys if change.subject != OVERLAYS)
    keys = tuple(
        replace(change, weaker=change.weaker and not (change.subject == OVERLAYS and effect.is_kept(base)))
        for change in keys
    )
    baseline, entries = _baseline(base, settings, older, present)
    found = (
        *unreadable,
        *_spec(base, settings, older, present, cwd),
        *keys,
        *entries,
        *_files(base, settings, older, effect),
    )
    return _View(held=held, baseline=baseline, changes=found, is_readable=not unreadable)


def _since_both(tip: _View, fork: _View) -> Iterator[GateChange]:
    """Yield what differs from both revisions: as the change since the fork, and weaker if it is so since either.

    Everything, if one of them has no keys to compare with.
    """
    if not (tip.is_readable and fork.is_readable):
        yield from (*fork.changes, *(change for change in tip.changes if change not in fork.changes))
        return
    since_tip: dict[str, bool] = {}
    for change in tip.changes:
        since_tip[change.subject] = since_tip.get(change.subject, False) or change.weaker
    for change in fork.changes:
        if change.subject in since_tip:
            yield replace(change, weaker=change.weaker or since_tip[change.subject])


def _updates_baseline(settings: Settings) -> bool:
    """Whether the command line asks for an update: its user decides about the baseline."""
    return settings.prior.update_baseline and settings.origins.get("update-baseline") == "--update-baseline"


def _older_configuration(
    base: BaseRevision, present: ConfigFile | None, cwd: Path
) -> tuple[ConfigFile | None, tuple[GateChange, ...]]:
    try:
        return older_configuration(base, present, cwd=cwd), ()
    except ConfigError as error:
        first, *_ = str(error).splitlines()
        return None, (
            GateChange(subject="the configuration", before=f"unreadable ({first})", after="", weaker=True),
        )


def _held(settings: Settings, older: ConfigFile | None, present: ConfigFile | None) -> Settings:
    """Replace the values that the present file sets, or nothing sets, by those of the base revision."""
    held = settings
    for name, member, value, origin in exit_keys(older):
        if set_by_file(settings, name, present):
            gate = replace(held.gate, **{member: value})
            held = replace(held, gate=gate, origins={**held.origins, name: origin})
    if settings.prior.update_baseline:
        held = replace(held, prior=replace(held.prior, update_baseline=False))
    return held


def _baseline(
    base: BaseRevision, settings: Settings, older: ConfigFile | None, present: ConfigFile | None
) -> tuple[Baseline | None, tuple[GateChange, ...]]:
    """Return the baseline of the base revision, and the entries that the present one adds or changes."""
    file = settings.prior.baseline
    if set_by_file(settings, "baseline", present):
        named = older.table.get("baseline") if older else None
        before = older.path.parent / named if older and isinstance(named, str) and named else None
    else:
        before = file
    if before is None and file is None:
        return None, ()
    if before is not None and not base.path_of(before):
        return None, ()  # the owner's file, outside the repository
    earlier = _read(base, before) if before else Baseline(source=f"{base.name}: none")
    if earlier is None:
        if file and file.is_file() and file == before and not base.has_changed(base.path_of(file)):
            _present(file)  # as unreadable as then: the file is at fault, not the change
        return Baseline(source=f"{base.name}: unreadable"), (
            GateChange(subject=display_path(before or Path()), before="unreadable", after="", weaker=True),
        )
    now = _present(file) if file and file.is_file() else Baseline(source="")
    location = _whole(file) if file else None
    return earlier, baseline_changes(earlier, now, location=location)


def _read(base: BaseRevision, file: Path) -> Baseline | None:
    path = base.path_of(file)
    content = base.read(path)
    source = f"{base.name}:{path}"
    if content is None:
        return Baseline(source=source)
    try:
        return baseline_file.read(content, source=source, unfinished=True)
    except UsageError:
        return None


def _present(file: Path) -> Baseline:
    return baseline_file.read(file.read_bytes(), source=display_path(file), unfinished=True)


def _whole(file: Path) -> SourceLocation:
    return SourceLocation(file=display_path(file), line=1, column=1, end_line=1, end_column=1, pointer="")


def _spec(
    base: BaseRevision, settings: Settings, older: ConfigFile | None, present: ConfigFile | None, cwd: Path
) -> Iterator[GateChange]:
    """Yield the change of ``spec``. A document that was renamed leaves no file at the older name."""
    named = older.table.get("spec") if older else None
    if older is None or not isinstance(named, str) or not named or not set_by_file(settings, "spec", present):
        return
    was, now = (older.path.parent / named, cwd / settings.spec)
    if base.path_of(was) != base.path_of(now) or not base.path_of(now):
        yield GateChange(
            subject="spec",
            before=named,
            after=settings.spec,
            weaker=was.exists() or not now.is_file(),
            location=None,
        )


def _files(
    base: BaseRevision, settings: Settings, older: ConfigFile | None, effect: OverlayEffect
) -> Iterator[GateChange]:
    """Yield the files of the gate with other content, such as a CA certificate.

    Also those that the older configuration names, that the job made then, and that the change brings in their place.
    """
    then = settings_of(older, cwd=effect.cwd) if older else None
    named_then = {base.path_of(file.path) for file in files_read(then)} if then else set()
    for file in files_read(settings):
        path = base.path_of(file.path)
        if file.what in _COMPARED_ELSEWHERE:
            continue
        if base.has_changed(path) or (path in named_then and base.has_gained(path)):
            yield GateChange(
                subject=f"{file.what}: {path}",
                before="content of " + base.name,
                after="other content",
                weaker=not (file.what == OVERLAYS and effect.is_kept(base)),
                location=_whole(file.path),
            )


def configured_document(settings: Settings, revision: str, *, cwd: Path) -> str:
    """Return the path in the repository of the document that the configuration of ``revision`` names.

    Empty if an option or a variable names the document, or if there is none.
    """
    present = load(settings.file, cwd=cwd) if settings.file else None
    if not set_by_file(settings, "spec", present):
        return ""
    base = base_revision(revision, cwd=cwd)
    older, _ = _older_configuration(base, present, cwd)
    named = older.table.get("spec") if older else None
    if older is None or not isinstance(named, str) or not is_file_name(named, older.path.parent):
        return ""
    return base.path_of(older.path.parent / named)
