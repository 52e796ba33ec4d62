"""What the history writes of a drift: enough to tell whether a later run looked for it. Pure."""

import json

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.result import Suppression


def text_of(entry: Suppression) -> str:
    """One line of JSON."""
    where = entry.operation
    members = [entry.fingerprint, entry.rule, entry.identity, entry.subject, entry.check]
    return json.dumps([*members, *([where.method, where.path] if where else [])])


def entry(text: str) -> Suppression:
    """What ``text_of`` was given."""
    fingerprint, rule, identity, subject, check, *where = json.loads(text)
    return Suppression(
        fingerprint=fingerprint,
        reason="",
        rule=rule,
        identity=identity,
        subject=subject,
        check=check,
        operation=OperationKey(method=where[0], path=where[1]) if where else None,
    )
