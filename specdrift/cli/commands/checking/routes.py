"""``specdrift routes``."""

from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.options.shared import (
    config_options,
    output_of,
    output_options,
    read_settings,
    terminal_of,
    terminal_options,
)
from specdrift.config import Use

_KEYS = (
    *(
        "fail-on",
        "allow-incomplete",
        "exit-zero",
        "loader.overlays",
        "loader.ref-root",
        "baseline",
        "update-baseline",
        "baseline-warn-days",
        "previous",
        "network.overall-timeout",
    ),
    *("source.entry", "source.guards", "source.assume"),
)


@command_with(
    "routes",
    Example(line="specdrift routes .", about="routes and the layers around them"),
    Example(line="specdrift routes . --spec openapi.yaml", about="also compare them with the document"),
    Example(
        line="specdrift routes nginx.conf . --spec openapi.yaml",
        about="also compare them with the nginx in front",
    ),
    Example(
        line="specdrift routes . --result out/result.json --format html -o three-way.html",
        about="document, source and runtime side by side",
    ),
)
@click.argument(
    "paths", type=click.Path(exists=True, path_type=Path), metavar="PATH...", nargs=-1, required=True
)
@click.option("--spec", metavar="SPEC", help="OpenAPI document to compare the source with.")
@click.option(
    "--result",
    "earlier",
    type=click.Path(path_type=Path),
    metavar="RESULT",
    help="JSON result of a check: shows the server's behaviour beside document and source.",
)
@config_options(only=_KEYS)
@output_options
@terminal_options
def command(paths: tuple[Path, ...], spec: str | None, earlier: Path | None, **params: Any) -> int:  # noqa: ANN401 - click's
    """Read the routes and layers of the service in PATH (Axum; net/http, chi or gin in Go), and gateways in front.

    What is in front comes first: nginx, Apache httpd, HAProxy, Caddy, Traefik and its resources of Kubernetes, Kong,
    Envoy, Istio, the Gateway API. Nothing is compiled or run.

    Expressions that cannot be resolved are listed with file and line.
    """
    from specdrift.app.check import exit_status
    from specdrift.app.output import named, offline
    from specdrift.app.routes import read_routes
    from specdrift.app.running.watchdog import in_time
    from specdrift.cli.terminal.notices import NoticePrinter

    terminal = terminal_of(params)
    settings = offline(read_settings(terminal, params, use=Use.READ))
    # Only a document named here is compared: the configured one may be of another service.
    settings = replace(settings, spec=spec or "")
    output = output_of(
        params, terminal, settings=settings, reads=named(**{"--spec": spec, "--result": earlier})
    )
    notify = NoticePrinter(terminal)
    result = in_time(
        settings.network.overall_timeout,
        lambda: read_routes(settings, paths, output, earlier=earlier, notify=notify),
    )
    return exit_status(result.exit_status, settings)
