"""What the owner knows of the API beside its document: logs, archives, lists of routes, other documents.

A feed is read in two steps: its format says what it speaks of (one file each, one line in ``FORMATS``), and what is
worth asking is sifted from that. Both are pure.
"""

from specdrift.traffic.candidate_selection import Ground, Sifted, choose, sift
from specdrift.traffic.importer import FORMATS, Harvest, read_feed
from specdrift.traffic.traffic_format import BELOW_BASE, Sighting

__all__ = ["BELOW_BASE", "FORMATS", "Ground", "Harvest", "Sifted", "Sighting", "choose", "read_feed", "sift"]
