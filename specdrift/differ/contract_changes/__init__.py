"""Security changes between two documents: requirements and servers. Pure."""

from specdrift.differ.contract_changes.change import Change, ChangeKind, Direction
from specdrift.differ.contract_changes.change_drifts import change_drift, undecided_change, undecided_move
from specdrift.differ.contract_changes.changed_requirements import RequirementChange, requirement_changes
from specdrift.differ.contract_changes.changes import changes, comparable
from specdrift.differ.contract_changes.joined import joined
from specdrift.differ.contract_changes.moved import guarded_and_gone, perhaps_moved, with_moved
from specdrift.differ.contract_changes.since import Aspect, Since, since

__all__ = [
    "Aspect",
    "Change",
    "ChangeKind",
    "Direction",
    "RequirementChange",
    "Since",
    "change_drift",
    "changes",
    "comparable",
    "guarded_and_gone",
    "joined",
    "perhaps_moved",
    "requirement_changes",
    "since",
    "undecided_change",
    "undecided_move",
    "with_moved",
]
