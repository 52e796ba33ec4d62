"""What changed between two documents, as far as it concerns who is let in and where. Pure."""

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.differ.contract_changes.changes import changes
from specdrift.differ.contract_changes.since import Aspect, Since, since
from specdrift.differ.contract_changes.words import change_drift

__all__ = ["Aspect", "Change", "ChangeKind", "Direction", "Since", "change_drift", "changes", "since"]
