"""Fingerprints of drifts: stable when lines move, files are renamed and addresses change."""

import hashlib
import re
from urllib.parse import urlsplit

from specdrift.model.contract.hosts import PORTS, ascii_host
from specdrift.model.contract.operation import OperationKey

TARGET = "target"
"""Replaces host and port of the target in fingerprints."""
ARRAY_ITEM = re.compile(r"(?<=/)(security|parameters|servers|tags|allOf|anyOf|oneOf)/\d+(?=/|$)")
"""Array members of OpenAPI and JSON Schema, with the index of an item."""


def fingerprint(rule: str, operation: OperationKey | None, *subjects: str) -> str:
    """Return 16 hexadecimal digits of a hash of rule, operation and subjects."""
    parts = (rule, str(operation or ""), *subjects)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def portable(subject: str, base_url: str) -> str:
    """Return a subject with ``target`` in place of the target's host and port; other ports and hosts stay.

    If the base URL is ``https://10.0.0.7:49152``, ``http://10.0.0.7:49152/v1`` becomes ``http://target/v1``, and
    ``http://10.0.0.7:8080/v1`` becomes ``http://target:8080/v1``.
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
    """Return a JSON Pointer without array indexes: ``/security/1/cert`` becomes ``/security/*/cert``."""
    return ARRAY_ITEM.sub(r"\1/*", pointer)
