"""Imports recorded traffic, route lists and other documents to find undocumented endpoints. Pure.

A format reads the endpoints of a file (one module each, one line in ``FORMATS``); ``select_candidates`` keeps those
that the document does not have.
"""

from specdrift.traffic.candidate_selection import (
    KnownApi,
    SelectedCandidates,
    UnvaluedCandidate,
    limit_candidates,
    recorded_paths,
    select_candidates,
)
from specdrift.traffic.importer import FORMATS, TrafficImport, decoded, import_traffic
from specdrift.traffic.traffic_format import (
    BELOW_BASE,
    ENTRY_POINTS,
    CompanionFile,
    CompanionRole,
    ImportedEndpoint,
    TrafficFile,
    TrafficFormat,
    UnreadableLine,
    UnreadableTraffic,
)

__all__ = [
    "BELOW_BASE",
    "ENTRY_POINTS",
    "FORMATS",
    "CompanionFile",
    "CompanionRole",
    "ImportedEndpoint",
    "KnownApi",
    "SelectedCandidates",
    "TrafficFile",
    "TrafficFormat",
    "TrafficImport",
    "UnreadableLine",
    "UnreadableTraffic",
    "UnvaluedCandidate",
    "decoded",
    "import_traffic",
    "limit_candidates",
    "recorded_paths",
    "select_candidates",
]
