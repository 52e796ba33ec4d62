"""OpenMetrics: one run as gauges, for the textfile collector of node_exporter and whatever else reads such files."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from specdrift.reports.report_format import RenderOptions, ReportFormat

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

    from specdrift.model.result.result import Result

LAST_SUCCESS = "specdrift_last_success_timestamp_seconds"


def render(result: "Result", options: RenderOptions) -> bytes:
    """Write the gauges of a run. The last success of an earlier run is taken from the file that this one replaces."""
    from prometheus_client.openmetrics.exposition import generate_latest

    return bytes(generate_latest(_Families(tuple(_gauges(result, options.former)))))


class _Families:
    """What ``prometheus_client`` writes: a registry with these families."""

    def __init__(self, families: "Iterable[GaugeMetricFamily]") -> None:
        self._families = families

    def collect(self) -> "Iterable[GaugeMetricFamily]":
        """Return them in their order."""
        return self._families


def _gauges(result: "Result", former: bytes) -> "Iterator[GaugeMetricFamily]":
    yield from _of_the_run(result, former)
    if not result.nothing_sent:
        yield _operations(result)
    yield from _findings(result)
    yield _undecided(result)
    yield _certificates(result)


def _gauge(
    name: str, about: str, result: "Result", samples: "Iterable[tuple[dict[str, str], float]]"
) -> "GaugeMetricFamily":
    """Make a gauge whose samples have the document and the target as labels: they tell the files of a host apart."""
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(name, about)
    for labels, value in samples:
        own = {label: _text(text) for label, text in labels.items()}
        family.add_sample(name, {**_labels(result), **own}, value)
    return family


def _labels(result: "Result") -> dict[str, str]:
    return {"document": _text(result.document.source), "target": _text(result.target.base_url)}


def _text(value: str) -> str:
    """Return a label of one line; what is no UTF-8 is escaped."""
    from specdrift.result.printable import printable

    return printable(value, limit=200).encode("utf-8", "backslashreplace").decode()


def _of_the_run(result: "Result", former: bytes) -> "Iterator[GaugeMetricFamily]":
    ended = result.finished_at.timestamp()
    numbers = (
        (
            "specdrift_run_exit_status",
            "Exit status of the last run: 0 passed, 1 drift, 3 incomplete.",
            result.exit_status,
        ),
        ("specdrift_run_finished_timestamp_seconds", "When the last run ended.", ended),
        (
            "specdrift_run_duration_seconds",
            "Duration of the last run.",
            ended - result.started_at.timestamp(),
        ),
        ("specdrift_run_requests", "HTTP requests of the last run.", result.counts.requests),
    )
    for name, about, value in numbers:
        yield _gauge(name, about, result, [({}, float(value))])
    success = ended if result.ok else _former_success(former, _labels(result), before=ended)
    samples: list[tuple[dict[str, str], float]] = [] if success is None else [({}, success)]
    yield _gauge(LAST_SUCCESS, "When a run last ended with exit status 0.", result, samples)


def _former_success(former: bytes, labels: dict[str, str], *, before: float) -> float | None:
    """Return the last success that an earlier file states for these labels; None for what is no such file."""
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    try:
        families = list(text_string_to_metric_families(former.decode()))
    except ValueError:
        return None
    stated = (sample for family in families for sample in family.samples if sample.name == LAST_SUCCESS)
    return next((s.value for s in stated if s.labels == labels and 0 < s.value <= before), None)


def _operations(result: "Result") -> "GaugeMetricFamily":
    from specdrift.model.result.verdict import Verdict
    from specdrift.result.status import not_deployed

    absent = not_deployed(result)
    counts = Counter(
        "not-deployed" if item.operation.key in absent else item.verdict.value for item in result.operations
    )
    verdicts = (*(verdict.value for verdict in Verdict), "not-deployed")
    samples = [({"verdict": verdict}, float(counts[verdict])) for verdict in verdicts]
    return _gauge("specdrift_operations", "Operations of the document by verdict.", result, samples)


def _findings(result: "Result") -> "Iterator[GaugeMetricFamily]":
    from specdrift.model.result.drift import DriftStatus
    from specdrift.reports.content.comparison import expiring
    from specdrift.rules import rule_of

    # A rule that was checked and found nothing is 0, so that its series does not end when a drift is repaired.
    clean = {(rule, rule_of(rule).severity.value): 0 for rule in result.rules}
    for status, name, about in (
        (False, "specdrift_findings", "Findings by rule and severity that no baseline accepts."),
        (True, "specdrift_accepted_findings", "Findings by rule and severity that the baseline accepts."),
    ):
        found = Counter(
            (drift.rule, drift.severity.value)
            for drift in result.drifts
            if (drift.status is DriftStatus.SUPPRESSED) is status
        )
        counts = {**(clean if not status else {}), **found}
        samples = [
            ({"rule": rule, "severity": severity}, float(count))
            for (rule, severity), count in sorted(counts.items())
        ]
        yield _gauge(name, about, result, samples)
    soon: list[tuple[dict[str, str], float]] = [({}, float(len(expiring(result))))]
    yield _gauge("specdrift_acceptances_expiring", "Entries of the baseline that expire soon.", result, soon)


def _undecided(result: "Result") -> "GaugeMetricFamily":
    from specdrift.model.result.reasons import UndecidedReason

    counts = Counter(item.kind for item in result.undecided)
    samples = [({"reason": kind.value}, float(counts[kind])) for kind in UndecidedReason]
    return _gauge("specdrift_undecided", "What could not be judged, by reason.", result, samples)


def _certificates(result: "Result") -> "GaugeMetricFamily":
    from specdrift.model.exchange.identity import IdentityKind

    samples = [
        ({"identity": identity.name}, identity.certificate.not_after.timestamp())
        for identity in result.identities
        if identity.kind is IdentityKind.CONFIGURED and identity.certificate is not None
    ]
    return _gauge(
        "specdrift_certificate_expiry_timestamp_seconds",
        "When the certificate of a configured identity expires.",
        result,
        samples,
    )


FORMAT = ReportFormat(
    name="openmetrics",
    media_type="application/openmetrics-text; version=1.0.0; charset=utf-8",
    extension="prom",
    render=render,
    continues=True,
)
