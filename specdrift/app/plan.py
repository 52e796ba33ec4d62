"""Plans a check: the probes that it would send, their cost, and whether it could start. Sends nothing."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from specdrift.app.check import Prompt
from specdrift.collecting import collecting_rarely
from specdrift.config.value_types.plain import is_file_name
from specdrift.errors import ConfigError
from specdrift.model.contract.contract import Contract, Diagnostic
from specdrift.model.contract.shards import described
from specdrift.model.exchange.probe import Probe
from specdrift.model.plural import plural
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.drift import Severity
from specdrift.reports.content.summary import gathered
from specdrift.rules import rule_of
from specdrift.rules.ids import REQUIREMENT_WITHOUT_EFFECT
from specdrift.settings import Settings

if TYPE_CHECKING:
    from specdrift.scan import Cost, Run


_MOST_FINDINGS, _MOST_NAMES = 20, 5
UNKNOWN_TARGET = "localhost"
"""Stands for the host of a base URL that is given with the command."""


class PlannedCheck(Struct, frozen=True, kw_only=True):
    probes: tuple[Probe, ...]
    """Without secrets."""
    costs: "Mapping[str, Cost]"
    """By check, and ``total``."""
    further_requests: int
    """Requests with other bodies, at most: where the server does not take a made-up one."""
    notes: tuple[str, ...]
    """Findings about the document, and warnings from the preparation."""
    shard: str = ""
    """Which of the operations are of this shard; empty without one."""


def plan_check(settings: Settings, *, prompt: Prompt | None = None) -> PlannedCheck:
    """Prepare a check and list its probes; run no command. Raises SpecdriftError for what cannot be used."""
    from specdrift import scan
    from specdrift.scan.preparation.redaction import redactor_for

    with collecting_rarely():
        run = prepared(settings, prompt=prompt)
        probes = scan.plan(run)
        redactor = redactor_for(run)
        return PlannedCheck(
            probes=tuple(map(redactor.probe, probes)),
            costs=scan.costs(run, probes),
            further_requests=scan.most_further_requests(run, probes),
            notes=(*_findings(run.contract), *run.notes, *_never_sent(run)),
            shard=described(run.shard, [one.key for one in run.operations]) if run.shard else "",
        )


def prepared(settings: Settings, *, prompt: Prompt | None = None) -> "Run":
    """Prepare a check without its commands. Raises SpecdriftError for what cannot be used."""
    from specdrift import scan
    from specdrift.scan.preparation.credentials.identity_command import with_placeholder_identities
    from specdrift.scan.preparation.credentials.token_command import with_placeholders

    # Nothing is sent, so that a server that only the document names needs no confirmation.
    return scan.prepare(
        settings,
        prompt=prompt,
        confirm=lambda _: True,
        tokens=with_placeholders,
        printed=with_placeholder_identities,
    )


def without_effect(contract: Contract) -> Iterator[Diagnostic]:
    """Yield the entries of the configuration that match nothing; they are findings of the check."""
    return (one for one in contract.diagnostics if one.rule == REQUIREMENT_WITHOUT_EFFECT)


def _findings(contract: Contract) -> Iterator[str]:
    """Yield the errors and warnings of the document: a plan without what they are about would seem complete."""
    found = [one for one in contract.diagnostics if _severity(one) is not Severity.NOTE]
    yield from map(str, found[:_MOST_FINDINGS])
    if len(found) > _MOST_FINDINGS:
        more = plural(len(found) - _MOST_FINDINGS, "more finding")
        yield f"{more} about the document: specdrift lint {contract.document.source}"


def _never_sent(run: "Run") -> Iterator[str]:
    """Yield the operations to which nothing is sent, by reason: nothing else of a plan shows that they are left out."""
    reasons = gathered(
        (
            (one.withheld.reason, str(one.key))
            for one in run.operations
            if one.withheld is not None and one.mode is UnsafeMethods.NEVER
        ),
        names=_MOST_NAMES,
    )
    for reason, names in reasons.items():
        yield f"not sent, and so undecided: {names}: {reason}"


def _severity(diagnostic: Diagnostic) -> Severity:
    return diagnostic.severity or rule_of(diagnostic.rule).severity


def check_configuration(settings: Settings, *, prompt: Prompt | None = None) -> tuple[str, ...]:
    """Read the document and every file that a check reads, and run no command. Returns warnings, one a line.

    Without a document in a file, only what the configuration says by itself is checked. Raises SpecdriftError.
    """
    if not _is_local(settings):
        return ()
    host = next(iter(settings.network.allow_hosts), UNKNOWN_TARGET)
    run = prepared(replace(settings, base_url=settings.base_url or f"https://{host}"), prompt=prompt)
    unused = list(without_effect(run.contract))
    lost = [str(one) for one in unused if _severity(one) is Severity.ERROR]
    if lost:
        raise ConfigError("\n".join(lost))
    return (*map(str, unused), *run.notes)


def _is_local(settings: Settings) -> bool:
    """Return whether the document is read without a network and without standard input."""
    sources = (settings.spec, *settings.loader.overlays)
    return all(map(is_file_name, sources)) and not settings.loader.allow_remote_refs
