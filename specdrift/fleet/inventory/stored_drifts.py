"""Drifts as the history stores them: enough to decide whether a later run looked for them. Pure."""

import json

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.result import Suppression


def text_of(entry: Suppression) -> str:
    """Write an entry as one line of JSON."""
    where = entry.operation
    members = [entry.fingerprint, entry.rule, entry.identity, entry.subject, entry.check]
    return json.dumps([*members, *([where.method, where.path] if where else [])])


def entry(text: str) -> Suppression:
    """Read an entry that `text_of` wrote."""
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
