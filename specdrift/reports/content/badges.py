"""Symbol, word and colour of each severity, verdict and outcome, for every format."""

from collections.abc import Mapping

from msgspec import Struct

from specdrift.model.result.drift import Severity
from specdrift.model.result.traceability import TraceStatus
from specdrift.model.result.two_targets import TargetAgreement
from specdrift.model.result.verdict import Outcome, Verdict
from specdrift.reports.content.root_causes import CauseScope
from specdrift.reports.content.tone import Tone


class Badge(Struct, frozen=True, kw_only=True):
    symbol: str
    word: str
    tone: Tone


SEVERITY: Mapping[Severity, Badge] = {
    Severity.ERROR: Badge(symbol="✗", word="error", tone=Tone.BAD),
    Severity.WARNING: Badge(symbol="!", word="warning", tone=Tone.WARN),
    Severity.NOTE: Badge(symbol="i", word="note", tone=Tone.NOTE),
}
EXTENT: Mapping[CauseScope, str] = {
    CauseScope.EVERYTHING: "every operation that could be compared",
    CauseScope.PREFIX: "all operations under {name}",
    CauseScope.TAG: "all operations tagged {name}",
    CauseScope.METHOD: "all {name} operations",
}
VERDICT: Mapping[Verdict, Badge] = {
    Verdict.DRIFT: Badge(symbol="✗", word="drift", tone=Tone.BAD),
    Verdict.UNDECIDED: Badge(symbol="?", word="undecided", tone=Tone.UNKNOWN),
    Verdict.CONSISTENT: Badge(symbol="✓", word="consistent", tone=Tone.GOOD),
}
TRACE: Mapping[TraceStatus, Badge] = {
    TraceStatus.VIOLATED: Badge(symbol="✗", word="violated", tone=Tone.BAD),
    TraceStatus.NOT_ESTABLISHED: Badge(symbol="?", word="not established", tone=Tone.UNKNOWN),
    TraceStatus.NO_VIOLATION_FOUND: Badge(symbol="○", word="no violation found", tone=Tone.NOTE),
    TraceStatus.NOT_PROBED: Badge(symbol="·", word="not probed", tone=Tone.QUIET),
}
"""None is good news by itself: no status says that a requirement is fulfilled."""
TARGET_AGREEMENT: Mapping[TargetAgreement, Badge] = {
    TargetAgreement.DIFFERENT: Badge(symbol="✗", word="different", tone=Tone.BAD),
    TargetAgreement.UNDECIDED: Badge(symbol="?", word="undecided", tone=Tone.UNKNOWN),
    TargetAgreement.ALIKE: Badge(symbol="✓", word="alike", tone=Tone.GOOD),
}
NOT_PROBED = Badge(symbol="·", word="not probed", tone=Tone.QUIET)
OUTCOME: Mapping[Outcome, Badge] = {
    Outcome.ADMITTED: Badge(symbol="→", word="admitted", tone=Tone.NOTE),
    Outcome.REFUSED_IN_TLS: Badge(symbol="⊘", word="refused in TLS", tone=Tone.QUIET),
    Outcome.REFUSED_BY_APPLICATION: Badge(symbol="⊘", word="refused by the application", tone=Tone.QUIET),
    Outcome.UNREACHABLE: Badge(symbol="?", word="unreachable", tone=Tone.UNKNOWN),
    Outcome.INCONCLUSIVE: Badge(symbol="?", word="inconclusive", tone=Tone.UNKNOWN),
}
