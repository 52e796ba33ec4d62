"""Reads session files of ``openssl s_client -sess_out``: sessions from before a revocation.

They contain the session's secret and no private key. Python's ``ssl`` can neither write nor read them.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from specdrift.model.exchange.probe import TlsRange
from specdrift.model.policy import Expect
from specdrift.pki.sources import Files
from specdrift.settings import Identity

BLOCK = re.compile(
    rb"-----BEGIN SSL SESSION PARAMETERS-----(.*?)-----END SSL SESSION PARAMETERS-----", re.DOTALL
)
VERSION = re.compile(rb"\x30.{1,3}?\x02\x01\x01\x02\x02\x03([\x03\x04])", re.DOTALL)
"""Start of OpenSSL's encoding: format version 1, then the TLS version (RFC 8446 §4.1.2)."""
RANGES = {b"\x03": TlsRange.ONLY_1_2, b"\x04": TlsRange.ONLY_1_3}


class OlderSession(Struct, frozen=True, kw_only=True):
    """A session from before the run."""

    file: Path
    tls: TlsRange
    """The only version in which it can be resumed."""


def older_sessions(identities: Iterable[Identity]) -> dict[str, OlderSession]:
    """Read the session files of identities that must be refused, by identity. Raises CredentialError."""
    return {
        identity.name: _read(identity, identity.session_file)
        for identity in identities
        if identity.session_file is not None and identity.expect is Expect.REFUSED
    }


def _read(identity: Identity, file: Path) -> OlderSession:
    files = Files.of(identity)
    block = BLOCK.search(files.read(file))
    try:
        found = VERSION.match(base64.b64decode(block[1])) if block else None
    except binascii.Error:
        found = None
    if found is None:
        what = "not a TLS session" if block is None else "not a session of TLS 1.2 or 1.3"
        raise files.complaint(file, what, "make one with `openssl s_client -sess_out FILE`")
    return OlderSession(file=file, tls=RANGES[found[1]])
