"""What the owner knows of the API beside its document: logs, archives, lists of routes, other documents.

A feed is read in two steps: its format says what it speaks of (one file each, one line in ``FORMATS``), and what is
worth asking is sifted from that. Both are pure.
"""

from specdrift.feeds.reading import FORMATS, Harvest, read_feed
from specdrift.feeds.sifting import Ground, Sifted, choose, sift

__all__ = ["FORMATS", "Ground", "Harvest", "Sifted", "choose", "read_feed", "sift"]
