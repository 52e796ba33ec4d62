"""Records of ``specdrift trust``: one file for each trusted configuration, outside of every checkout."""

import json
import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from specdrift.config.reading.file import ConfigFile
from specdrift.contained import is_beneath
from specdrift.errors import UsageError


class TrustStore(Struct, frozen=True, kw_only=True):
    folder: Path
    """``$XDG_CONFIG_HOME/specdrift/trust``."""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "TrustStore":
        """Return the store of this user (XDG Base Directory Specification: a relative path is invalid)."""
        given = Path(environ.get("XDG_CONFIG_HOME", ""))
        home = Path(environ.get("HOME") or Path.home())
        return cls(folder=(given if given.is_absolute() else home / ".config") / "specdrift" / "trust")

    def has(self, file: ConfigFile) -> bool:
        """Return whether this path with this content is trusted."""
        if self._is_in_reach_of(file):
            return False
        try:
            record = json.loads(self._record(file.path).read_bytes())
        except (OSError, ValueError, RecursionError):
            return False
        return bool(record == _content(file))

    def add(self, file: ConfigFile) -> None:
        """Trust a file with its present content. Raises UsageError if the record cannot be written."""
        if self._is_in_reach_of(file):
            raise UsageError(
                f"{self.folder} lies in the folder of {file.shown}, which could trust itself: use --config instead"
            )
        record = self._record(file.path)
        beside = record.with_suffix(f".{os.getpid()}")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.write_text(json.dumps(_content(file)), encoding="utf-8")
            beside.replace(record)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise UsageError(f"cannot write {record}: {error.strerror}") from None

    def remove(self, path: Path) -> bool:
        """Revoke the trust in a path; return whether there was any. Raises UsageError."""
        record = self._record(path)
        try:
            record.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UsageError(f"cannot remove {record}: {error.strerror}") from None
        return True

    def paths(self) -> Iterator[Path]:
        """Yield the trusted paths, sorted."""
        for record in sorted(self.folder.glob("*.json")):
            try:
                yield Path(json.loads(record.read_bytes())["path"])
            except (OSError, ValueError, KeyError, TypeError, RecursionError):
                continue

    def _record(self, path: Path) -> Path:
        return self.folder / f"{sha256(os.fsencode(path.resolve())).hexdigest()}.json"

    def _is_in_reach_of(self, file: ConfigFile) -> bool:
        """Whether the file's folder holds the store: a checkout could bring its own records."""
        return is_beneath(file.path.parent, self.folder.resolve())


def _content(file: ConfigFile) -> dict[str, str]:
    return {"path": str(file.path.resolve()), "sha256": file.digest}
