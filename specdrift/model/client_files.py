"""Files of a client certificate, for commands that present it."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct


class CertificateFormat(StrEnum):
    """File format of a client certificate."""

    PEM = "pem"
    PKCS12 = "p12"

    @classmethod
    def of(cls, file: Path) -> "CertificateFormat":
        """Return the format that the ending of a file names."""
        return cls.PKCS12 if file.suffix.lower() in (".p12", ".pfx") else cls.PEM


class ClientFiles(Struct, frozen=True, kw_only=True):
    """Paths as the configuration names them; a passphrase is not among them, since the commands prompt for it."""

    cert: str
    """Certificate chain in PEM, or a PKCS#12 archive."""
    key: str = ""
    """Private key in PEM; empty for an archive."""
    pkcs12: bool = False
