"""Fingerprints and serial numbers of certificates as programs print them. Data only.

A service compares a header with what its own language makes of the known certificates. One convention for each, since
no request repeats a name.
"""

from specdrift.checks.forwarded.convention import Convention, convention
from specdrift.checks.forwarded.formats import (
    SERIAL_DECIMAL,
    SHA1_UPPER,
    SHA256,
    SHA256_COLONS,
)

FINGERPRINTS = "X-Client-Fingerprint X-Client-Cert-Fingerprint X-SSL-Client-Fingerprint"
SERIALS = "X-SSL-Client-Serial X-Client-Cert-Serial"

IDENTIFIERS: tuple[Convention, ...] = (
    convention("Node.js", (SHA256_COLONS, FINGERPRINTS), in_every_form=False),
    convention("Go, Java", (SHA256, FINGERPRINTS), (SERIAL_DECIMAL, SERIALS), in_every_form=False),
    convention(".NET", (SHA1_UPPER, "X-Client-Cert-Thumbprint X-Client-Thumbprint"), in_every_form=False),
)
"""Few names, which find room in requests that are sent anyway."""
