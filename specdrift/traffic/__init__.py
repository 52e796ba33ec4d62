"""What the owner knows of the API beside its document: logs, archives, lists of routes, other documents.

A feed is read in two steps: its format says what it speaks of (one file each, one line in ``FORMATS``), and what is
worth asking is sifted from that. Both are pure.
"""

from specdrift.traffic.candidate_selection import (
    KnownApi,
    SelectedCandidates,
    limit_candidates,
    select_candidates,
)
from specdrift.traffic.importer import FORMATS, TrafficImport, import_traffic
from specdrift.traffic.traffic_format import BELOW_BASE, ImportedEndpoint

__all__ = [
    "BELOW_BASE",
    "FORMATS",
    "ImportedEndpoint",
    "KnownApi",
    "SelectedCandidates",
    "TrafficImport",
    "import_traffic",
    "limit_candidates",
    "select_candidates",
]
