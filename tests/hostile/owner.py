"""The owner: an environment with secrets, a home folder, and a checkout of another author."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.hostile.recorder import Recorder

SECRETS = {
    "API_KEY": "sk-live-51H8xQ2eZvKYlo2C9aBcDeF",
    "ACCESS_TOKEN": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl",
    "DB_PASSWORD": "Tr0ub4dor&3/staging",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
"""Variables of the environment."""
FILES = {
    ".ssh/id_ed25519": f"-----BEGIN OPENSSH PRIVATE {'KEY'}-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n",
    ".aws/credentials": "[default]\naws_secret_access_key = 8Zq0PpXv1mN7rTyUeWsKdFgHjLbVcXzA\n",
    ".netrc": "machine localhost login alice password hunter2-of-netrc\n",
    ".bash_history": "GET /login?password=hunter2-of-history\n",
    ".bashrc": "export PS1='$ '\n",
    ".profile": "umask 077\n",
}
"""Files of the home folder."""
SECRET_LINES = (
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ",
    "8Zq0PpXv1mN7rTyUeWsKdFgHjLbVcXzA",
    "hunter2-of-netrc",
    "hunter2-of-history",
)


class Owner(Struct, frozen=True, kw_only=True):
    """``home`` is his folder; ``checkout`` belongs to the attacker; ``certificates`` are in ``home``."""

    home: Path
    checkout: Path
    before: dict[str, str] = field(default_factory=dict)
    """Digests of the files in ``home``, by path."""

    @property
    def certificates(self) -> Path:
        """The owner's certificates and keys."""
        return self.home / "certificates"

    @property
    def mark(self) -> Path:
        """The file that a command of the attacker would write."""
        return self.home.parent / "command-was-run"

    def now(self) -> Owner:
        """Return the owner with the present files in his folder."""
        return replace(self, before=digests(self.home))

    def environ(self, *, identity: bool) -> dict[str, str]:
        """Return the variables, with or without an identity for specdrift."""
        identities = {
            "SPECDRIFT_CERT": str(self.certificates / "alice.pem"),
            "SPECDRIFT_KEY": str(self.certificates / "alice.key"),
        }
        return {**SECRETS, "HOME": str(self.home), **(identities if identity else {})}

    def losses(self, attacker: Recorder, printed: str) -> Iterator[str]:
        """Yield what the attacker has got: by his server, in his checkout, in the log, or by changes at home."""
        gained = {"server": bytes(attacker.received), "log": printed.encode()}
        for file in self.checkout.rglob("*"):
            if file.is_file() and not file.is_symlink() and ".git" not in file.parts:
                gained[file.name] = file.read_bytes()
        for place, content in gained.items():
            for name, form in self._forms():
                if form in content:
                    yield f"{place}: {name}"
        if attacker.certificates:
            yield "server: client certificate"
        if self.mark.exists():
            yield "a command was run"
        for path in self.before.keys() | digests(self.home).keys():
            if self.before.get(path) != digests(self.home).get(path):
                yield f"changed: {path}"

    def _forms(self) -> Iterator[tuple[str, bytes]]:
        """Yield each secret as it is, percent-encoded, in base64 and in hex."""
        key = (self.certificates / "alice.key").read_text().splitlines()[1]
        for name, text in {**SECRETS, "key": key, **dict(zip(FILES, SECRET_LINES, strict=False))}.items():
            data = text.encode()
            forms = (data, quote(text, safe="").encode(), base64.b64encode(data), data.hex().encode())
            yield from ((name, form) for form in dict.fromkeys(forms))


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
