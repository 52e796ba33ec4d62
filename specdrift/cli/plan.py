"""``specdrift plan``: what ``check`` would send."""

import json
from collections.abc import Iterable
from typing import Any

import click

from specdrift.cli.group import Example, command_with
from specdrift.cli.options import (
    JUDGING,
    config_options,
    read_settings,
    talking_options,
    target_argument,
    terminal_of,
)
from specdrift.cli.streams import write_out
from specdrift.model.probe import Probe


@command_with(
    "plan",
    Example(line="specdrift plan openapi.yaml https://localhost:8443 --cert alice.pem --key alice.key"),
    Example(line="specdrift plan --include-tag admin --format json", about="for other programs"),
)
@target_argument
@config_options(without=(*JUDGING, "record"))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print it."
)
@talking_options
def command(form: str, **params: Any) -> None:  # noqa: ANN401 - click's parameters
    """Print every request that `check` would send, by whom and why. Sends nothing.

    What answers call for later, such as repetitions of what looks like drift, is not known before.
    """
    from specdrift import scan

    terminal = terminal_of(params)
    run = scan.prepare(read_settings(terminal, params), prompt=terminal.prompt)
    probes = scan.plan(run)
    write_out(_FORMS[form](probes).encode())
    terminal.note(f"{len(probes)} probes; nothing was sent")


def _text(probes: Iterable[Probe]) -> str:
    rows = [(_asked(probe), probe.identity, probe.phase.name.lower(), probe.why) for probe in probes]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = (
        "  ".join((*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]))
        for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _asked(probe: Probe) -> str:
    endpoint = probe.connection.endpoint
    origin = f"{endpoint.server_name}:{endpoint.port}"
    tls = "" if probe.connection.tls.value == "any" else f" (TLS {probe.connection.tls.value})"
    return (
        f"{probe.request.method} {origin}{probe.request.target}{tls}"
        if probe.request
        else f"handshake {origin}{tls}"
    )


def _json(probes: Iterable[Probe]) -> str:
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
    return json.dumps(entries, indent=2) + "\n"


_FORMS = {"text": _text, "json": _json}
