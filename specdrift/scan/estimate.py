"""What planned probes cost, before the first is sent. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from specdrift.crawler.crawl import slices
from specdrift.model.probe import Probe
from specdrift.scan.run import Run

TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """``requests`` are HTTP requests (a probe may send one ahead of its own, or none); ``connections`` is how many
    it takes where the server keeps them open: one that closes after each refusal costs one for each.
    """

    probes: int
    requests: int
    connections: int


def cost(probes: Sequence[Probe], *, workers: int) -> Cost:
    """The cost of probes sent by so many workers."""
    fresh = sum(1 + (probe.connection.resumes is not None) for probe in probes if probe.fresh)
    kept = [probe for probe in probes if not probe.fresh]
    return Cost(
        probes=len(probes),
        requests=sum(probe.requests for probe in probes),
        connections=fresh + sum(1 for _ in slices(kept, workers=workers)),
    )


def costs(run: Run, probes: Sequence[Probe]) -> dict[str, Cost]:
    """What each check costs, the most expensive first, and at last all of them together (``total``)."""
    workers = run.settings.network.concurrency
    checks = [check for check, _ in Counter(probe.check for probe in probes).most_common()]
    each = {check: cost([p for p in probes if p.check == check], workers=workers) for check in checks}
    return {**each, TOTAL: cost(probes, workers=workers)}
