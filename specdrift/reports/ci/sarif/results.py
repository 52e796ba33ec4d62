"""Drifts as results of SARIF: where, what, how sure, and how to find the same one again."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.result import Result, Suppression
from specdrift.reports.ci.sarif.objects import SarifObject, message, with_members
from specdrift.reports.content import sentences, summary
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.result.printable import printable, printable_block

MOST_PLACES = 100
"""Locations of a result that code scanning includes."""
RANK: Mapping[str, float] = {"error": 90.0, "warning": 60.0, "note": 30.0}
CERTAINTY: Mapping[str, float] = {"high": 9.0, "medium": 4.0, "low": 0.0}


def results(result: Result, rules: Sequence[str], places: RepositoryLocations) -> Iterator[SarifObject]:
    """Every drift, the worst first; those that the baseline accepts come last, as suppressed ones."""
    active = summary.active(result)
    accepted = summary.ordered(drift for drift in result.drifts if drift.status is DriftStatus.SUPPRESSED)
    writer = _Writer(result, rules, places)
    yield from map(writer.result, (*active, *accepted))


class _Writer:
    def __init__(self, result: Result, rules: Sequence[str], places: RepositoryLocations) -> None:
        self._index = {rule: place for place, rule in enumerate(rules)}
        self._places = places
        self._subjects = summary.Subjects(result)
        self._declared = {item.operation.declared_at for item in result.operations}
        self._reasons = {item.fingerprint: item for item in result.suppressed}
        known = any(drift.status is not DriftStatus.NEW for drift in result.drifts)
        self._compared = bool(known or result.previous or result.baseline)
        self._counts: Counter[tuple[str, str]] = Counter()

    def result(self, drift: Drift) -> SarifObject:
        rule = printable(drift.rule)
        text = printable(sentences.sentence(drift, self._subjects.of(drift)))
        members: dict[str, object] = {
            "ruleId": rule,
            "ruleIndex": self._index[rule],
            "kind": "fail",
            "level": drift.severity.value,
            "message": message(text),
            "locations": [self._location(drift)],
            "partialFingerprints": self._fingerprints(drift),
            "relatedLocations": self._related(drift),
            "rank": RANK[drift.severity.value] + CERTAINTY[drift.confidence.value],
            "properties": _properties(drift),
            "baselineState": self._baseline(drift),
            "suppressions": self._suppressions(drift),
        }
        return with_members(members)

    def _location(self, drift: Drift) -> SarifObject:
        subject = printable(self._subjects.of(drift))
        return {
            "physicalLocation": physical(self._places.of_drift(drift)),
            "logicalLocations": [{"kind": "resource", "fullyQualifiedName": subject}],
        }

    def _related(self, drift: Drift) -> list[SarifObject] | None:
        """Each with its place in words: of an older document, the file has another text by now."""
        return [
            {
                "id": number,
                "physicalLocation": physical(self._places.placed(place)),
                "message": message(printable(f"{self._kind(place)}: {place}")),
            }
            for number, place in enumerate(drift.related[:MOST_PLACES], 1)
        ] or None

    def _kind(self, place: SourceLocation) -> str:
        return "The operation" if place in self._declared else "See also"

    def _fingerprints(self, drift: Drift) -> dict[str, str]:
        """Code scanning reads the first one only; its form is that of the lines' hashes that it makes itself."""
        name = printable(drift.fingerprint)
        self._counts[drift.rule, name] += 1
        return {"primaryLocationLineHash": f"{name}:{self._counts[drift.rule, name]}", "specdrift/v1": name}

    def _baseline(self, drift: Drift) -> str | None:
        if not self._compared:
            return None
        return "new" if drift.status is DriftStatus.NEW else "unchanged"

    def _suppressions(self, drift: Drift) -> list[SarifObject] | None:
        """None where nothing is said of any; an empty list says that this one is not suppressed (§3.27.23)."""
        if drift.status is not DriftStatus.SUPPRESSED:
            return [] if self._reasons else None
        return [_suppression(self._reasons.get(drift.fingerprint))]


def _suppression(reason: Suppression | None) -> SarifObject:
    accepted: SarifObject = {"kind": "external", "status": "accepted"}
    if reason is None:
        return accepted
    owner = {"owner": printable(reason.owner)} if reason.owner else {}
    expires = {"expires": reason.expires.isoformat()} if reason.expires else {}
    justification, properties = printable(reason.reason) or None, {**owner, **expires} or None
    return {**accepted, **with_members({"justification": justification, "properties": properties})}


def physical(place: SourceLocation) -> SarifObject:
    """File and region. The columns are counted in code points, and all four numbers are there."""
    line = place.text.partition("\n")[0]
    region: dict[str, object] = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "snippet": {"text": printable_block(line)} if line else None,
    }
    return {"artifactLocation": {"uri": uri(place.file)}, "region": with_members(region)}


def uri(name: str) -> str:
    """A file's name as a URI reference (RFC 3986): relative where the name is."""
    if name.startswith(("http://", "https://")):
        return quote(printable(name), safe="/:?#[]@!$&'()*+,;=%~")
    prefix = "file://" if name.startswith("/") else ""
    return prefix + quote(printable(name), safe="/!$&'()*+,;=@~")


def _properties(drift: Drift) -> dict[str, object]:
    facts = {
        "confidence": drift.confidence.value,
        "identity": printable(drift.identity or ""),
        "profile": printable(drift.profile or ""),
        "fix": printable_block(drift.remediation),
        "reproduce": printable(drift.reproduce, limit=4000),
    }
    return {name: value for name, value in facts.items() if value}
