"""Names a drift so that it can be found again after the document's lines have moved."""

import hashlib

from specdrift.model.operation import OperationKey


def fingerprint(rule: str, operation: OperationKey | None, *subjects: str) -> str:
    """Sixteen hexadecimal digits from the rule, the operation and what tells findings of one rule apart.

    No line, message or time goes into it.
    """
    parts = (rule, str(operation or ""), *subjects)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
