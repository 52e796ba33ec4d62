"""The files of an identity, its passphrase, and how their errors read."""

from collections.abc import Callable
from pathlib import Path

from specdrift.errors import CredentialError
from specdrift.settings import IdentitySettings

Prompt = Callable[[str], str]
"""Asks the user for a passphrase without echoing it; the argument is the question."""

MAX_BYTES = 4 * 1024 * 1024
"""No certificate chain and no key is larger; a larger file is the wrong file."""


def complaint(settings: IdentitySettings, file: Path, what: str, todo: str) -> CredentialError:
    """The one sentence of every credential error: whose, which file, what is wrong, what to do."""
    return CredentialError(f"identity {settings.name!r}: {file}: {what}; {todo}")


def read_file(settings: IdentitySettings, file: Path) -> bytes:
    """The bytes of one of the identity's files; raises ``CredentialError``."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise complaint(settings, file, "no such file", "correct the path") from None
    except OSError as error:
        why = (error.strerror or "unreadable").lower()
        raise complaint(settings, file, f"cannot be read ({why})", "check its type and permissions") from None
    if len(content) > MAX_BYTES:
        raise complaint(settings, file, "larger than 4 MiB", "name the certificate or key file itself")
    return content


def passphrase_for(settings: IdentitySettings, file: Path, prompt: Prompt | None) -> bytes | None:
    """The configured passphrase, else the answer to a prompt, else ``None``. A file's first line counts."""
    if settings.key_pass_file is not None:
        lines = read_file(settings, settings.key_pass_file).splitlines()
        return lines[0] if lines else b""
    if settings.key_pass is not None:
        return settings.key_pass.reveal().encode()
    if prompt is not None:
        return prompt(f"Passphrase of {file} (identity {settings.name}): ").encode()
    return None
