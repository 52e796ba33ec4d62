"""The Python interface: check and lint, with keyword arguments instead of command-line options."""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from msgspec.structs import replace

from specdrift import reports
from specdrift.app import saved
from specdrift.app.allowed_names import allowed_names
from specdrift.app.check import NO_RESULT, prepare_check
from specdrift.app.gate_review.gate import gate_at
from specdrift.app.lint import lint_document
from specdrift.app.running.apart import ThreadLimit, run_apart
from specdrift.app.running.event_loop import run_alone, run_to_end
from specdrift.app.running.watching import Watching
from specdrift.arguments import (
    FILE,
    FILE_OR_NONE,
    FUNCTION_OR_NONE,
    SOME_TEXT,
    TEXT,
    ArgumentType,
    require,
    several,
)
from specdrift.config import read
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.reading.overlay import PREFIX
from specdrift.config.reading.validate import did_you_mean
from specdrift.errors import ConfigError, OutOfTimeError, UsageError
from specdrift.events import Event
from specdrift.file_names import usable_names
from specdrift.interruption import Interruption
from specdrift.model.result.result import Result
from specdrift.redaction.known import secrets_of_one_run
from specdrift.reports.report_format import RenderOptions
from specdrift.settings import Identity, RecordingSettings, Settings

if TYPE_CHECKING:
    from typing import Unpack

__all__ = ["CheckOptions", "LintOptions", "acheck", "check", "lint", "read_result", "render"]

IDENTITY = ArgumentType(
    what="an Identity that has a name",
    accepts=lambda value: isinstance(value, Identity) and SOME_TEXT.accepts(value.name),
)
RESULT = ArgumentType(what="a Result", accepts=lambda value: isinstance(value, Result))
RENDER_OPTIONS = ArgumentType(
    what="RenderOptions or None", accepts=lambda value: isinstance(value, RenderOptions | None)
)

Watch = Callable[[Event], None]
"""Receives each event of the scan (``specdrift.events``)."""


class LintOptions(TypedDict, total=False):
    """Options of ``lint``; the command-line options of the same names describe them."""

    fail_on: str
    """error, warning, note or never."""
    overlay: Sequence[str | Path]
    ref_root: str | Path
    baseline: str | Path
    baseline_warn_days: int
    previous: str | Path


class CheckOptions(LintOptions, total=False):
    """Options of ``check`` and ``acheck``; the command-line options of the same names describe them."""

    allow_incomplete: bool
    not_deployed_ok: bool
    unsafe_methods: str
    include_logout: bool
    allow_destructive: bool
    checks: Sequence[str]
    skip_checks: Sequence[str]
    exhaustive: bool
    profile: str
    """Name of a standard: fapi2, psd2, asvs-5 …"""
    include_path: Sequence[str]
    include_method: Sequence[str]
    include_tag: Sequence[str]
    include_operation_id: Sequence[str]
    exclude_path: Sequence[str]
    exclude_method: Sequence[str]
    exclude_tag: Sequence[str]
    exclude_operation_id: Sequence[str]
    changed_since: str
    shard: str
    insecure: bool
    feed: Sequence[str | Path]
    source: str | Path
    entry: str
    guard: Sequence[str]
    assume: Sequence[str]
    concurrency: int
    rate_limit: str
    timeout: str
    """A number and a unit, such as "10s"."""
    expect100_timeout: str
    overall_timeout: str
    retries: int
    max_requests: int
    resolve: Sequence[str]
    allow_hosts: Sequence[str]
    callback_listen: str
    """Address and port, such as "127.0.0.1:0"."""


def check(
    spec: str | Path = "",
    base_url: str = "",
    *,
    identities: Iterable[Identity] = (),
    ca: str | Path = "",
    config: str | Path | None = None,
    watch: Watch | None = None,
    **options: "Unpack[CheckOptions]",
) -> Result:
    """Check an API against its document. See ``acheck``.

    Raises RuntimeError inside a running event loop.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError(
            "specdrift.check() was called inside a running event loop; use `await specdrift.acheck(...)`"
        )
    return run_alone(
        acheck(spec, base_url, identities=identities, ca=ca, config=config, watch=watch, **options)
    )


async def acheck(
    spec: str | Path = "",
    base_url: str = "",
    *,
    identities: Iterable[Identity] = (),
    ca: str | Path = "",
    config: str | Path | None = None,
    watch: Watch | None = None,
    **options: "Unpack[CheckOptions]",
) -> Result:
    """Check an API against its document.

    ``spec`` is a file, an http(s) URL, ``REV:PATH`` or ``-`` (standard input); ``base_url`` defaults to the
    document's first https server, if ``allow_hosts`` has its host. ``ca`` is a PEM file that verifies the server;
    it defaults to the system's trust store. ``config`` is a configuration file, which is trusted; arguments
    override it. Without it neither a file nor ``SPECDRIFT_*`` variables are read. ``watch`` receives the events of
    the scan, in the caller's event loop. Writes no files. The check has a thread and an event loop of its own, so
    that the caller's goes on whatever runs. Raises SpecdriftError if the check cannot start, and OutOfTimeError if
    ``overall_timeout`` ends it without a result.
    """
    require({"spec": (FILE, spec), "base_url": (TEXT, base_url), "ca": (FILE, ca)})
    require({"watch": (FUNCTION_OR_NONE, watch)})
    arguments = {
        "SPEC": str(spec),
        "BASE_URL": base_url,
        "server.ca-file": str(ca),
        "identities": several("identities", identities, IDENTITY, one=False),
    }
    with secrets_of_one_run():
        with usable_names():
            settings = settings_for(arguments, config, options)
        limit = ThreadLimit(settings.network.overall_timeout)
        watching = Watching(watch, limit)
        try:
            return await run_apart(lambda: _checked(settings, watching.later, limit), limit)
        finally:
            watching.raise_failure()


def _checked(settings: Settings, watch: Watch, limit: ThreadLimit) -> Result:
    """Check, in a thread of its own. Raises OutOfTimeError, or CancelledError, where there is no result."""
    try:
        with usable_names():
            prepared = prepare_check(settings)
        finished = run_to_end(prepared.events(), watch, limit)
        return prepared.conclude(finished)
    except Interruption:
        raise OutOfTimeError(NO_RESULT) from None


def lint(
    spec: str | Path = "",
    *,
    against: str | Path = "",
    config: str | Path | None = None,
    **options: "Unpack[LintOptions]",
) -> Result:
    """Lint a document, and compare it with the older document ``against``. Contacts no server, writes no files.

    ``spec``, ``against`` and ``config`` are as for ``acheck``. Raises SpecdriftError: DocumentError if a document
    cannot be used.
    """
    require({"against": (FILE, against)})
    return _linted(spec, against=str(against), config=config, options=options, reports_unreadable=False)


def lint_reporting(spec: str | Path = "", *, config: str | Path | None = None) -> Result:
    """Lint a document as the command does: one that cannot be used gives a result with exit status 2."""
    return _linted(spec, against="", config=config, options={}, reports_unreadable=True)


def _linted(
    spec: str | Path,
    *,
    against: str,
    config: str | Path | None,
    options: "LintOptions",
    reports_unreadable: bool,
) -> Result:
    from specdrift.loader.sources import revision_of

    require({"spec": (FILE, spec)})
    with usable_names(), secrets_of_one_run():
        settings = settings_for({"SPEC": str(spec)}, config, options)
        older = (against,) if against else ()
        gate = gate_at(settings, "".join(revision_of(one, cwd=Path.cwd()) for one in older))
        return lint_document(gate, against=older, reports_unreadable=reports_unreadable)


def settings_for(
    arguments: Mapping[str, Any], config: str | Path | None, options: "CheckOptions | LintOptions"
) -> Settings:
    """Read the configuration; no reports, recording or baseline are written."""
    require({"config": (FILE_OR_NONE, config)})
    settings = read(
        {name: value for name, value in arguments.items() if value} | _dotted(options),
        config=Path(config) if config else None,
        names=allowed_names(),
        # Secrets in the file may refer to any other variable.
        environ={name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
    )
    if not settings.spec:
        raise UsageError("no document: pass `spec`, or a `config` file that names one")
    prior = replace(settings.prior, update_baseline=False)
    return replace(settings, prior=prior, reports=(), recording=RecordingSettings())


def read_result(path: str | Path) -> Result:
    """Read a saved JSON result (``-``: standard input). Raises UsageError that names the file."""
    require({"path": (FILE, path)})
    return saved.read_result(Path(path))


def render(result: Result, name: str, options: RenderOptions | None = None) -> bytes:
    """Write a result, which is redacted, in the format of that name.

    Raises UsageError for a name that no format has, TemplateError for a broken template.
    """
    require({"result": (RESULT, result), "name": (TEXT, name), "options": (RENDER_OPTIONS, options)})
    return reports.render(result, name, options)


def _dotted(options: "CheckOptions | LintOptions") -> dict[str, Any]:
    """Convert keyword options to options by dotted key. Raises ConfigError for an unknown one."""
    keys = {key.parameter: (group, key) for group in GROUPS for key in group.keys if key.option}
    allowed = CheckOptions.__annotations__.keys() | LintOptions.__annotations__.keys()
    found: dict[str, Any] = {}
    for name, value in options.items():
        if name not in allowed:
            alone = f" {keys[name][1].option} is for the command alone" if name in keys else ""
            raise ConfigError(f"unexpected keyword argument {name!r}.{alone or did_you_mean(name, allowed)}")
        group, key = keys[name]
        many = key.value_type.many
        found[group.dotted(key)] = [str(one) for one in several(name, value, FILE)] if many else _text(value)
    return found


def _text(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
