"""Names a drift so that it can be found again after lines have moved, files were renamed and addresses changed."""

import hashlib
import re
from urllib.parse import urlsplit

from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.contract.operation import OperationKey

TARGET = "target"
"""Stands for the host that is checked, and with it for the port, in what a fingerprint is made of."""
ARRAY_ITEM = re.compile(r"(?<=/)(security|parameters|servers|tags|allOf|anyOf|oneOf)/\d+(?=/|$)")
"""Members of OpenAPI and JSON Schema that are arrays, with the place of an item."""


def fingerprint(rule: str, operation: OperationKey | None, *subjects: str) -> str:
    """Sixteen hexadecimal digits from the rule, the operation and what tells findings of one rule apart.

    No line, message or time goes into it.
    """
    parts = (rule, str(operation or ""), *subjects)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def portable(subject: str, base_url: str) -> str:
    """A subject without the address at which this run found the target; other hosts stay as the owner wrote them.

    ``http://10.0.0.7:49152/v1`` is ``http://target/v1`` where ``https://10.0.0.7:49152`` is checked; another port of
    that host stays: ``http://target:8080/v1``.
    """
    here, there = _place(base_url), _place(subject)
    if here is None or there is None or here[0] != there[0]:
        return subject
    port = "" if here[1] == there[1] else f":{there[1]}"
    parts = urlsplit(subject)
    return parts._replace(netloc=f"{TARGET}{port}").geturl()


def _place(url: str) -> tuple[str, int] | None:
    if not url.startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(url)
        return ascii_host(parts.hostname or ""), parts.port or PORTS[parts.scheme]
    except ValueError:
        return None


def loose(pointer: str) -> str:
    """A JSON Pointer without places in arrays: ``/security/1/cert`` is ``/security/*/cert``."""
    return ARRAY_ITEM.sub(r"\1/*", pointer)
