"""Plans a check: the probes that it would send, and their cost. Sends nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specdrift.app.check import Prompt
from specdrift.collecting import collecting_rarely
from specdrift.model.contract.contract import Contract
from specdrift.model.exchange.probe import Probe
from specdrift.rules.ids import REQUIREMENT_WITHOUT_EFFECT
from specdrift.settings import Settings

if TYPE_CHECKING:
    from specdrift.scan import Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCheck:
    probes: tuple[Probe, ...]
    """Without secrets."""
    costs: "Mapping[str, Cost]"
    """By check, and ``total``."""
    further_requests: int
    """Requests with other bodies, at most: where the server does not take a made-up one."""
    notes: tuple[str, ...]
    """Warnings from the preparation."""


def plan_check(settings: Settings, *, prompt: Prompt | None = None) -> PlannedCheck:
    """Prepare a check and list its probes; run no command. Raises SpecdriftError for what cannot be used."""
    from specdrift import scan
    from specdrift.scan.preparation.credentials.identity_command import with_placeholder_identities
    from specdrift.scan.preparation.credentials.token_command import with_placeholders
    from specdrift.scan.preparation.redaction import redactor_for

    with collecting_rarely():
        # Nothing is sent, so that a server that only the document names needs no confirmation.
        run = scan.prepare(
            settings,
            prompt=prompt,
            confirm=lambda _: True,
            tokens=with_placeholders,
            printed=with_placeholder_identities,
        )
        probes = scan.plan(run)
        redactor = redactor_for(run)
        return PlannedCheck(
            probes=tuple(map(redactor.probe, probes)),
            costs=scan.costs(run, probes),
            further_requests=scan.most_further_requests(run, probes),
            notes=(*_without_effect(run.contract), *run.notes),
        )


def _without_effect(contract: Contract) -> Iterator[str]:
    """Yield the entries of the configuration that match nothing; they are findings of the check."""
    for each in contract.diagnostics:
        if each.rule == REQUIREMENT_WITHOUT_EFFECT:
            yield str(each)
