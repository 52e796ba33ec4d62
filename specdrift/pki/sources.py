"""The files of an identity or CA, their passphrase, and their error messages."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from msgspec import Struct

from specdrift.errors import CredentialError
from specdrift.redaction.known import remember
from specdrift.settings import ClientCaSettings, Identity, Secret

Prompt = Callable[[str], str]
"""Prompts for a passphrase without echo; the argument is the prompt."""

PRINTED = Path("identity-command")
"""Names the output of a command in messages."""
MAX_BYTES = 4 * 1024 * 1024
"""Maximum file size; larger files are neither chains nor keys."""


class Files(Struct, frozen=True, kw_only=True):
    """Certificate and key files."""

    owner: str
    """Name of the owner in messages: ``identity 'alice'``."""
    cert_file: Path
    key_file: Path | None
    key_pass_file: Path | None
    key_pass: Secret | None = None
    pem: Secret | None = None
    """Content of the certificate file, if a command printed it."""

    @classmethod
    def of(cls, settings: Identity) -> Self:
        """The files of a configured identity. Raises CredentialError for a command that was not run."""
        owner = f"identity {settings.name!r}"
        if settings.command and settings.pem is None:
            raise CredentialError(f"{owner}: its identity-command was not run")
        return cls(
            owner=owner,
            pem=settings.pem,
            cert_file=PRINTED if settings.command else settings.cert_file,
            key_file=settings.key_file,
            key_pass_file=settings.key_pass_file,
            key_pass=settings.key_pass,
        )

    @classmethod
    def of_client_ca(cls, settings: ClientCaSettings, cert_file: Path) -> Self:
        """The files of ``[client-ca]``."""
        return cls(
            owner="client-ca",
            cert_file=cert_file,
            key_file=settings.key_file,
            key_pass_file=settings.key_pass_file,
        )

    def complaint(self, file: Path, what: str, todo: str) -> CredentialError:
        """Return the error: owner, file, what is wrong, what to do."""
        error = CredentialError(f"{self.owner}: {file}: {what}; {todo}")
        error.file = file
        return error

    def read(self, file: Path) -> bytes:
        """Read one of the files. Raises CredentialError."""
        if self.pem is not None and file == self.cert_file:
            return self.pem.reveal().encode()
        try:
            with file.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise self.complaint(file, "no such file", "correct the path") from None
        except OSError as error:
            why = (error.strerror or "unreadable").lower()
            raise self.complaint(file, f"cannot be read ({why})", "check its type and permissions") from None
        if len(content) > MAX_BYTES:
            raise self.complaint(file, "larger than 4 MiB", "name the certificate or key file itself")
        return content

    def passphrase(self, file: Path, prompt: Prompt | None) -> bytes | None:
        """Return the configured passphrase (a file's first line), else the prompted one, else None."""
        found = self._passphrase(file, prompt)
        remember([found.decode(errors="replace")] if found else ())
        return found

    def _passphrase(self, file: Path, prompt: Prompt | None) -> bytes | None:
        if self.key_pass_file is not None:
            lines = self.read(self.key_pass_file).splitlines()
            return lines[0] if lines else b""
        if self.key_pass is not None:
            return _bytes(self.key_pass.reveal())
        if prompt is not None:
            return _bytes(prompt(f"Passphrase of {file} ({self.owner}): "))
        return None


def _bytes(text: str) -> bytes:
    """Encode text of the environment or terminal, including bytes that are not UTF-8."""
    return text.encode(errors="surrogateescape")
