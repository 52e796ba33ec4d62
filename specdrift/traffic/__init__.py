"""What the owner knows of the API beside its document: logs, archives, lists of routes, other documents.

A feed is read in two steps: its format says what it speaks of (one file each, one line in ``FORMATS``), and what is
worth asking is sifted from that. Both are pure.
"""

from specdrift.traffic.base import BELOW_BASE, Sighting
from specdrift.traffic.reading import FORMATS, Harvest, read_feed
from specdrift.traffic.sifting import Ground, Sifted, choose, sift

__all__ = ["BELOW_BASE", "FORMATS", "Ground", "Harvest", "Sifted", "Sighting", "choose", "read_feed", "sift"]
