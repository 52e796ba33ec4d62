"""``specdrift plan``."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.option import option
from specdrift.cli.options.shared import (
    JUDGING,
    config_options,
    read_settings,
    target_argument,
    terminal_of,
    terminal_options,
)
from specdrift.cli.terminal.streams import Verbosity, write_json, write_text
from specdrift.config.keys.config_key import Section
from specdrift.model.exchange.probe import Probe, Request
from specdrift.model.plural import plural
from specdrift.result.printable import printable

if TYPE_CHECKING:
    from specdrift.scan import Cost

LONGEST = 90
"""Characters of a request target that are shown; some probes have very long ones."""
WIDEST = 56
"""Widest column: one long request must not push all other rows off the screen."""


@command_with(
    "plan",
    Example(line="specdrift plan openapi.yaml https://localhost:8443 --cert alice.pem --key alice.key"),
    Example(line="specdrift plan --include-tag admin --format json", about="for other programs"),
)
@target_argument
@config_options(without=(*JUDGING, "record", "resume"))
@option(
    "--format",
    "form",
    section=Section.OUTPUT,
    type=click.Choice(["text", "json"]),
    default="text",
    help="Output format.",
)
@terminal_options
def command(form: str, **params: Any) -> None:  # noqa: ANN401 - click's parameters
    """Print what each check costs, and with -v every request that `check` would send. Sends nothing.

    The plan assumes a server with TLS 1.2, TLS 1.3 and HTTP/2. `check` may omit probes that the listener's answer
    makes redundant, and may add follow-ups that depend on responses; it counts both separately.
    """
    from specdrift import scan
    from specdrift.app.plan import plan_check
    from specdrift.app.running.watchdog import in_time

    terminal = terminal_of(params)
    settings = read_settings(terminal, params)
    planned = in_time(settings.network.overall_timeout, lambda: plan_check(settings, prompt=terminal.prompt))
    for note in planned.notes:
        terminal.warn(note)
    if form == "json":
        write_json(_json(planned.probes, planned.costs, planned.further_requests))
    else:
        write_text(_text(planned.probes, planned.costs, verbose=terminal.verbosity is Verbosity.VERBOSE))
    if form == "text" and terminal.verbosity is not Verbosity.VERBOSE:
        terminal.note(f"-v lists each of {plural(len(planned.probes), 'probe')}")
    if form == "text" and planned.further_requests:
        terminal.note(
            f"at most {plural(planned.further_requests, 'request')} more with other bodies, where the server answers "
            "400 or 422 to a made-up one"
        )
    if planned.shard:
        terminal.note(planned.shard)
    terminal.note(
        "nothing was sent; the second of two figures applies if the server closes each connection that it rejects; "
        f"times assume a round trip of {scan.ROUND_TRIP_S * 1000:g} ms and immediate responses"
    )


def _text(probes: Sequence[Probe], costs: "Mapping[str, Cost]", *, verbose: bool) -> str:
    """Return the cost of each check, the bodies that would be sent, and with ``verbose`` all requests."""
    width = max(map(len, costs))
    head = f"{'check':<{width}}  {'probes':>7}  {'requests':>8}  {'connections':>15}  time"
    lines = [head, *(f"{check:<{width}}  {_cost_line(cost)}" for check, cost in costs.items())]
    rows = f"\n{_rows(probes)}" if verbose else ""
    return "".join((*(f"{line}\n" for line in lines), *_bodies(probes), rows))


def _bodies(probes: Iterable[Probe]) -> Iterator[str]:
    """Yield a line for each body that would be sent, once for each operation or request without one."""
    found = {
        (str(probe.operation or f"{request.method} {request.target}"), _body_text(request))
        for probe in probes
        if (request := probe.request) is not None and request.body
    }
    if found:
        yield "\nbodies that would be sent\n"
        for what, text in sorted(found):
            yield f"{printable(what, limit=LONGEST)}  {printable(text, limit=len(text) + 1)}\n"


def _body_text(request: Request) -> str:
    """The whole body, without spaces at its end; of binary content, its length."""
    try:
        return request.body.decode().rstrip(" ")
    except UnicodeDecodeError:
        return f"({plural(len(request.body), 'byte')}, binary)"


def _cost_line(cost: "Cost") -> str:
    connections = _range(f"{cost.connections:,}", f"{cost.connections_if_closed:,}")
    time = _range(*map(duration, (cost.seconds, cost.seconds_if_closed)))
    return f"{cost.probes:>7,}  {cost.requests:>8,}  {connections:>15}  {time}"


def _range(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"


def duration(seconds: float) -> str:
    """Seconds, rounded, in s, min or h."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _rows(probes: Iterable[Probe]) -> str:
    rows = [
        (_request(probe), probe.identity, probe.phase.name.lower(), printable(probe.why)) for probe in probes
    ]
    widths = [min(max((len(row[column]) for row in rows), default=0), WIDEST) for column in range(3)]
    lines = (
        "  ".join((*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]))
        for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _request(probe: Probe) -> str:
    endpoint = probe.connection.endpoint
    origin = f"{endpoint.server_name}:{endpoint.port}"
    tls = "" if probe.connection.tls.value == "any" else f" (TLS {probe.connection.tls.value})"
    if probe.request is None:
        return f"handshake {origin}{tls}"
    target = printable(probe.request.target, limit=LONGEST)
    head = " (head only)" if probe.request.head_only else ""
    return f"{probe.request.method} {origin}{target}{head}{tls}{_preceding(probe)}"


def _preceding(probe: Probe) -> str:
    """The priming request: on the same connection, or on the one whose session is resumed."""
    source, priming = probe.connection.resumes, probe.priming
    first = f"{priming.method} {printable(priming.target, limit=LONGEST)}" if priming else "a handshake"
    if probe.connection.prior_session:
        return " on a session from before the run"
    if source is not None:
        return f" after {first} at {source.server_name or 'no server name'}, resuming its session"
    return f" after {first}" if priming else ""


def _json(probes: Iterable[Probe], costs: "Mapping[str, Cost]", further_requests: int) -> str:
    entries = [
        {
            "id": probe.id,
            "check": probe.check,
            "operation": str(probe.operation) if probe.operation else None,
            "identity": probe.identity,
            "phase": probe.phase.name.lower(),
            "request": _json_request(probe.request) if probe.request else None,
            "why": probe.why,
        }
        for probe in probes
    ]
    by_check = {check: to_builtins(cost) for check, cost in costs.items()}
    plan = {"probes": entries, "costs": by_check, "further_requests": further_requests}
    return json.dumps(plan, indent=2) + "\n"


def _json_request(request: Request) -> dict[str, object]:
    found: dict[str, object] = {
        "method": request.method,
        "target": request.target,
        "head_only": request.head_only,
    }
    return found | ({"body": _body_text(request)} if request.body else {})
