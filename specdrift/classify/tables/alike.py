"""Compares each different answer of an operation with the controls once. Pure.

Thousands of exchanges bring a few answers, which differ in the Date field alone. No comparison reads that: values that
are a date or a time are left out of an answer's own values, and ``explanation`` looks at each refusal by itself.
"""

from collections.abc import Callable, Hashable

from msgspec import Struct, field

from specdrift.classify.comparison import Comparison
from specdrift.classify.exchange import Exchange
from specdrift.classify.resource import Values
from specdrift.classify.tables.row import Table, classify_answer
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.result.verdict import Classification

Compared = tuple[Comparison, Classification]
Key = tuple[Hashable, ...]


class AlikeAnswers(Struct):
    """The classifications of the different answers."""

    _known: dict[Key, Compared] = field(default_factory=dict)

    def classify(
        self, entry: Exchange, own: tuple[Values, ...], table: Table, compare: Callable[[], Comparison]
    ) -> Compared:
        """Return what an answer is compared with, and its classification by a table.

        ``own`` are the values of the answer that its request does not say, and those of them that repetitions have.
        """
        key = _key(entry, own, table)
        known = self._known.get(key) if key is not None else None
        if known is None:
            comparison = compare()
            known = comparison, classify_answer(comparison, table)
            if key is not None:
                self._known[key] = known
        return known


def _key(entry: Exchange, own: tuple[Values, ...], table: Table) -> Key | None:
    """Return what a classification depends on; ``None`` for redirects, which depend on the endpoint too."""
    http, probe = entry.observation.http, entry.probe
    if http is None or 300 <= http.status < 400:
        return None
    anonymous, early_data = probe.identity == ANONYMOUS.name, entry.observation.tls.early_data
    return id(table), probe.operation, probe.request, anonymous, early_data, own, *_without_date(http)


def _without_date(http: HttpFacts) -> Key:
    shape = http.shape
    return (
        http.status,
        http.http_version,
        http.body_sha256,
        http.body_excerpt,
        http.length,
        http.truncated,
        http.values,
        (shape.kind, shape.skeleton, shape.members, shape.signs),
        tuple([field for field in http.headers if field[0] != "date"]),
    )
