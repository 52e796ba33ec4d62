"""What was checked with which settings, and when: enough to run it again from the page alone."""

from collections.abc import Iterator
from datetime import datetime

from specdrift.model.plural import plural
from specdrift.model.result.result import Result
from specdrift.reports.content.headline import headline
from specdrift.reports.html.view.page_types import SettingRow
from specdrift.reports.html.view.text_types import Fact
from specdrift.result.printable import printable


def moment(when: datetime) -> str:
    """A time for people: ``2026-03-14 09:26:53 UTC``."""
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def scope(result: Result) -> tuple[Fact, ...]:
    """Document, target and run, in the order in which a reader asks for them."""
    return tuple(fact for fact in (*_document(result), *_target(result), *_run(result)) if fact.value)


def _document(result: Result) -> Iterator[Fact]:
    document = result.document
    yield Fact(label="Document", value=printable(document.source))
    yield Fact(label="Title", value=printable(document.title))
    yield Fact(label="OpenAPI", value=printable(document.openapi, limit=40))
    yield Fact(label="SHA-256 of the document", value=printable(document.sha256, limit=80))


def _target(result: Result) -> Iterator[Fact]:
    target = result.target
    yield Fact(label="Base URL", value=printable(target.base_url))
    yield Fact(label="Addresses", value=", ".join(map(printable, target.addresses)))
    yield Fact(label="Other listeners", value=", ".join(map(printable, target.listeners)))
    yield Fact(label="TLS versions", value=", ".join(map(printable, target.tls_versions)))
    verified = "not verified (insecure)" if target.insecure else "verified"
    yield Fact(label="Server certificate", value=verified if target.base_url else "")


def _run(result: Result) -> Iterator[Fact]:
    counts = result.counts
    seconds = (result.finished_at - result.started_at).total_seconds()
    yield Fact(label="Started", value=moment(result.started_at))
    yield Fact(label="Finished", value=f"{moment(result.finished_at)}, after {seconds:,.1f} s")
    yield Fact(label="Run", value=printable(result.run_id, limit=100))
    yield Fact(label="Tool", value=f"specdrift {printable(result.tool_version, limit=40)}")
    first = headline(result)
    yield Fact(label="Exit status", value=f"{first.exit_status}: {first.meaning}".removesuffix(": "))
    yield Fact(
        label="Sent",
        value=f"{plural(counts.requests, 'request')} on {plural(counts.connections, 'connection')}",
    )
    yield Fact(label="Answers probed", value=f"{counts.probed:,} (operation by identity)")
    listener = f"{counts.by_listener:,} (the handshake failed before any HTTP)"
    yield Fact(label="Answers inferred from the listener", value=listener if counts.by_listener else "none")


def settings(result: Result) -> tuple[SettingRow, ...]:
    """The effective settings, and what set them."""
    return tuple(
        SettingRow(
            name=printable(key, limit=200),
            value=printable(setting.text),
            origin=printable(setting.origin or "default", limit=300),
        )
        for key, setting in sorted(result.settings.items())
    )
