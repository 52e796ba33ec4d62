"""Reads a service's source, beside its document and an earlier result. Contacts no target."""

from pathlib import Path

from specdrift.app.notices import Notify, ignore
from specdrift.app.output import NO_OUTPUT, Output, publish_all
from specdrift.app.prior_findings import read_prior_findings
from specdrift.app.saved import read_result
from specdrift.model.result.result import Result
from specdrift.settings import Settings


def read_routes(
    settings: Settings,
    paths: tuple[Path, ...],
    output: Output = NO_OUTPUT,
    *,
    earlier: Path | None = None,
    notify: Notify = ignore,
) -> Result:
    """Read services and gateways, and compare them with ``settings.spec`` and the saved result ``earlier``."""
    from specdrift.offline.routes import routes

    prior = read_prior_findings(settings)
    result = routes(settings, paths, earlier=read_result(earlier) if earlier else None)
    compared = prior.apply(result)
    publish_all(compared, prior, output, notify)
    return compared
