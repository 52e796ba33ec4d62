"""What only a trusted configuration may do."""

from enum import Enum

from specdrift.model.policy import UnsafeMethods

HARMLESS_METHODS = frozenset({UnsafeMethods.NEVER, UnsafeMethods.HANDSHAKE})
"""Values of ``unsafe-methods`` with which no request is sent."""


class Permission(Enum):
    """A power that needs the owner's trust; the value completes "this key …"."""

    RUN = "runs a command"
    EXPAND = "expands an environment variable"
    NOT_VERIFY = "turns off the verification of the server's certificate"
    CHANGE = "sends requests that may change data"
    FETCH = "fetches files from other hosts"
    DIRECT = "decides where your credentials are sent"
    """Harmless as long as all credentials of the run come from the same file."""
    LISTEN = "listens on an address of this machine"
    USE_HARDWARE = "uses a key on a PKCS#11 token"
    READ_OUTSIDE = "names a file outside the configuration's folder"
    WRITE_OUTSIDE = "writes outside the configuration's folder, or to a hidden or unusual file"
