"""``specdrift plan``: what ``check`` would send."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import (
    JUDGING,
    config_options,
    read_settings,
    talking_options,
    target_argument,
    terminal_of,
)
from specdrift.cli.terminal.streams import write_out
from specdrift.model.exchange.probe import Probe
from specdrift.result.printable import printable

if TYPE_CHECKING:
    from specdrift.scan import Cost

LONGEST = 90
"""Characters of a request's target that are shown; some are as long as a server may just bear."""
WIDEST = 56
"""Columns are no wider, so that one long request does not push the words of all others off the screen."""


@command_with(
    "plan",
    Example(line="specdrift plan openapi.yaml https://localhost:8443 --cert alice.pem --key alice.key"),
    Example(line="specdrift plan --include-tag admin --format json", about="for other programs"),
)
@target_argument
@config_options(without=(*JUDGING, "record", "resume"))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print it."
)
@talking_options
def command(form: str, **params: Any) -> None:  # noqa: ANN401 - click's parameters
    """Print every request that `check` would send, by whom and why, and what each check costs. Sends nothing.

    The server is taken to speak TLS 1.2 and 1.3 and HTTP/2: one that does not is sent less. What a listener decides
    for all operations is spared, and what answers call for later, such as repetitions of what looks like drift, is
    not known before; `check` counts both apart.
    """
    from specdrift import scan
    from specdrift.result.redact import redact_probes

    terminal = terminal_of(params)
    run = scan.prepare(read_settings(terminal, params), prompt=terminal.prompt)
    for note in run.notes:
        terminal.warn(note)
    probes = scan.plan(run)
    costs = scan.costs(run, probes)
    write_out(_FORMS[form](redact_probes(probes, run.secret_headers), costs).encode())
    far = f"{scan.ROUND_TRIP_S * 1000:g} ms"
    terminal.note(
        f"nothing was sent; where there are two figures, the second is for a server that closes after each refusal, "
        f"and times are for one that is {far} away and answers at once"
    )


def _text(probes: Iterable[Probe], costs: "Mapping[str, Cost]") -> str:
    width = max(map(len, costs))
    lines = (f"{check:<{width}}  {_words(cost)}" for check, cost in costs.items())
    return "".join((_rows(probes), "\n", *(f"{line}\n" for line in lines)))


def _words(cost: "Cost") -> str:
    connections = _between(f"{cost.connections:,}", f"{cost.connections_if_closed:,}")
    time = _between(*map(duration, (cost.seconds, cost.seconds_if_closed)))
    return f"{cost.probes:7,} probes  {cost.requests:7,} requests  {connections:>16} connections  {time}"


def _between(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"


def duration(seconds: float) -> str:
    """In the unit that people would say."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _rows(probes: Iterable[Probe]) -> str:
    rows = [
        (_asked(probe), probe.identity, probe.phase.name.lower(), printable(probe.why)) for probe in probes
    ]
    widths = [min(max((len(row[column]) for row in rows), default=0), WIDEST) for column in range(3)]
    lines = (
        "  ".join((*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]))
        for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _asked(probe: Probe) -> str:
    endpoint = probe.connection.endpoint
    origin = f"{endpoint.server_name}:{endpoint.port}"
    tls = "" if probe.connection.tls.value == "any" else f" (TLS {probe.connection.tls.value})"
    if probe.request is None:
        return f"handshake {origin}{tls}"
    target = printable(probe.request.target, limit=LONGEST)
    return f"{probe.request.method} {origin}{target}{tls}{_after(probe)}"


def _after(probe: Probe) -> str:
    """What goes before it: on the same connection, or on the one whose session it takes up."""
    source, ahead = probe.connection.resumes, probe.ahead
    asked = f"{ahead.method} {printable(ahead.target, limit=LONGEST)}" if ahead else "a handshake"
    if probe.connection.older:
        return " on a session from before the run"
    if source is not None:
        return f" after {asked} at {source.server_name or 'no server name'}, whose session it takes up"
    return f" after {asked}" if ahead else ""


def _json(probes: Iterable[Probe], costs: "Mapping[str, Cost]") -> str:
    entries = [
        {
            "id": probe.id,
            "check": probe.check,
            "operation": str(probe.operation) if probe.operation else None,
            "identity": probe.identity,
            "phase": probe.phase.name.lower(),
            "request": {"method": probe.request.method, "target": probe.request.target}
            if probe.request
            else None,
            "why": probe.why,
        }
        for probe in probes
    ]
    by_check = {check: asdict(cost) for check, cost in costs.items()}
    return json.dumps({"probes": entries, "costs": by_check}, indent=2) + "\n"


_FORMS = {"text": _text, "json": _json}
