"""Stable ids for deep links: `#mtls-not-enforced-get-items` is the same drift in the next run's page."""

import re
from collections import Counter

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.drift import Drift

SECTIONS = (
    "main",
    "drifts",
    "matrix",
    "undocumented",
    "undecided",
    "skipped",
    "identities",
    "scope",
    "roles",
    "traceability",
    "changes",
    "targets",
)
NOT_IN_IDS = re.compile(r"[^a-z0-9]+")
LONGEST = 100


def slug(*parts: str) -> str:
    """Lower-case letters, digits and single hyphens only, whatever went in."""
    return NOT_IN_IDS.sub("-", "-".join(parts).lower()).strip("-")[:LONGEST].strip("-") or "item"


class Anchors:
    """Hands out every id of one page once: the second taker of a name gets a number behind it."""

    def __init__(self) -> None:
        self._taken = Counter(SECTIONS)

    def of_drift(self, drift: Drift, subject: str) -> str:
        """Return the anchor of a drift: rule, operation, and the caller unless it is anonymous."""
        caller = "" if drift.identity in (None, "anonymous") else drift.identity or ""
        return self._claim(slug(drift.rule, subject, caller))

    def of_cause(self, rule: str, reach: str) -> str:
        return self._claim(slug("cause", rule, reach))

    def of_operation(self, key: OperationKey) -> str:
        return self._claim(slug("op", key.method, key.path))

    def of_path(self, name: str) -> str:
        return self._claim(slug("path", name))

    def of_identity(self, name: str) -> str:
        return self._claim(slug("identity", name))

    def _claim(self, wanted: str) -> str:
        self._taken[wanted] += 1
        if self._taken[wanted] == 1:
            return wanted
        return self._claim(f"{wanted}-{self._taken[wanted]}")
