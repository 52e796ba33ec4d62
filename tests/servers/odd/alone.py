"""Services of a single operation: nothing tells its data from what all answers of the service have."""

from __future__ import annotations

import itertools

from tests.servers.python.tls import Handler

COUNTER = itertools.count(4_711)
ABOUT = "# version 2.17.4-88213 of the exporter on collector-12.internal.example"
METRICS = (
    "requests_total",
    "sent_bytes_total",
    "open_connections",
    "queue_length",
    "heap_bytes",
    "uptime_seconds",
)


class MetricsAlone(Handler):
    """Serves metrics, which differ each time, to verified callers."""

    refuses = True

    def respond(self) -> None:
        """Answer /metrics alone."""
        if self.path != "/metrics":
            return self.text(404, "not found")
        if self.refuses and not self.caller:
            return self.denied()
        return self.text(200, *(f'{name}{{shard="{n}"}} {moving()}' for name in METRICS for n in range(4)))

    def denied(self) -> None:
        """Refuse in a sentence."""
        self.text(401, "client certificate required")

    def text(self, status: int, *lines: str) -> None:
        """Answer with lines below the one that all answers have."""
        payload = "\n".join((ABOUT, *lines, "")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)


class MetricsAloneUnguarded(MetricsAlone):
    """Serves them to every caller."""

    refuses = False


class MetricsAloneDeniedAsMetrics(MetricsAlone):
    """Refuses with status 200, in lines like those of metrics."""

    def denied(self) -> None:
        """Count refusals only."""
        self.text(200, *(f'refused_total{{shard="{n}"}} {moving()}' for n in range(4)))


def moving() -> int:
    """Return a number that nothing else has."""
    return next(COUNTER) * 7_919
