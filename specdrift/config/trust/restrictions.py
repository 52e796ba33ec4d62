"""Reports every key by which an untrusted configuration would do more than it may."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from specdrift.compressed import name_without_ending
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Key, Shape
from specdrift.config.keys.document import SCHEMES
from specdrift.config.keys.identities import CLIENT_CA, IDENTITIES
from specdrift.config.keys.permission import Permission
from specdrift.config.reading.file import ConfigFile
from specdrift.config.reading.validate import (
    Checker,
    ConfigTable,
    ConfigTables,
    ConfigValue,
    Expansion,
    read_file,
)
from specdrift.config.trust.consent import Consent, Trust, Use
from specdrift.config.value_types import plain
from specdrift.config.value_types.secret_values import refers_to_variable
from specdrift.contained import OutsideFolderError, beneath
from specdrift.settings import Secret

READ_KEYS = frozenset(
    {
        "spec",
        "baseline",
        "update-baseline",
        "previous",
        "loader.ref-root",
        "loader.allow-remote-refs",
        "loader.overlays",
    }
)
"""Keys that a command has in use which loads no credential and has no target."""
WRITTEN = frozenset({"record", "resume"})
RECORDING_ENDINGS = ("json", "jsonl", "rec")
TOKEN_URI = b"PKCS#11 PROVIDER URI"
"""Label of a PEM block that names a key on a token, with its PIN and driver (RFC 7512)."""
MOST_BYTES = 4 * 1024 * 1024
"""Of a file of certificates and keys that is searched for that label; larger ones are not read as such."""
CREDENTIALS = {
    IDENTITIES.name: frozenset({"cert-file", "key-file", "key-pass", "key-pass-file", "identity-command"}),
    CLIENT_CA.name: frozenset({"key-file", "key-pass-file"}),
    SCHEMES.name: frozenset({"value", "token", "token-command", "tokens"}),
}
"""By table: the keys that hold or name a credential."""
_PATHS = (plain.FILE, plain.FILES, plain.PATHS, plain.NEW_FILE, plain.FOLDER, plain.TRUST_STORE)


class SetValue(Struct, frozen=True, kw_only=True):
    """A value of a configuration file, an option or a variable."""

    group: Group
    key: Key | None
    """None in a table whose names the user chooses."""
    dotted: str
    item: ConfigValue


def check_restrictions(
    items: ConfigTables,
    checker: Checker,
    *,
    consent: Consent | None = None,
    use: Use = Use.SEND,
    endings: frozenset[str] = frozenset(),
) -> None:
    """Report each value that needs a trust its file does not have.

    ``endings`` are those of report files; none means any.
    """
    if use is Use.INSPECT:
        return
    judge = _Judge(items, checker.cwd, expands=bool(checker.variables), endings=endings)
    files = dict(checker.not_expanded)
    for setting in _settings(items):
        file = setting.item.file
        if file is None or file.trusted or (use is Use.READ and setting.dotted not in READ_KEYS):
            continue
        permission = judge.needed(setting, file)
        if permission is not None:
            checker.problem(
                setting.item.origin, f"{setting.dotted}: {permission.value}: only a trusted configuration may"
            )
            files[file.path] = file
    for file in files.values():
        withheld = consent is not None and consent.trust is Trust.WITHHELD
        checker.problem(
            file.shown,
            "not trusted in this run (--no-trust-config)" if withheld else f"not trusted. {advice(file)}",
        )


def restricted_keys(file: ConfigFile, *, cwd: Path) -> list[str]:
    """Return a line for each key of a file that needs trust, as if all credentials were the owner's."""
    checker = Checker(cwd=cwd, environ={}, warn=lambda _: None, expansion=Expansion.NONE)
    untrusted = replace(file, trusted=False)
    judge = _Judge(items := read_file(untrusted, checker), cwd, expands=True, endings=frozenset())
    lines = []
    for setting in _settings(items):
        permission = judge.needed(setting, untrusted) or _expansion(setting)
        if permission is not None:
            lines.append(f"{setting.item.origin}: {setting.dotted}: {permission.value}")
    return lines


def _expansion(setting: SetValue) -> Permission | None:
    """Return the permission for a secret that refers to a variable."""
    value = setting.item.value
    secrets = value.values() if isinstance(value, Mapping) else [value]
    refers = any(isinstance(one, Secret) and refers_to_variable(one.reveal()) for one in secrets)
    return Permission.EXPAND if refers else None


def advice(file: ConfigFile) -> str:
    """Return how to trust a file."""
    name = shlex.quote(file.shown)
    return (
        f"Read {name}; if you trust it, run `specdrift trust {name}`, use --trust-config for one run, "
        f"or name it: --config {name}"
    )


def _settings(items: ConfigTables) -> Iterator[SetValue]:
    for group in GROUPS:
        match group.shape:
            case Shape.SINGLE:
                yield from _of_table(group, group.name, items.single.get(group.name, {}))
            case Shape.LIST:
                for table in items.lists.get(group.name, []):
                    yield from _of_table(group, group.name, table)
            case Shape.NAMED:
                for name, table in items.named.get(group.name, {}).items():
                    yield from _of_table(group, f"{group.name}.{name}", table)
            case Shape.FREE:
                yield from _of_table(group, group.name, items.free.get(group.name, {}))


def _of_table(group: Group, prefix: str, table: ConfigTable) -> Iterator[SetValue]:
    for name, item in table.items():
        dotted = f"{prefix}.{name}" if prefix else name
        yield SetValue(group=group, key=group.find(name), dotted=dotted, item=item)


class _Judge:
    """Decides which permission a value of an untrusted file needs."""

    def __init__(self, items: ConfigTables, cwd: Path, *, expands: bool, endings: frozenset[str]) -> None:
        self._cwd = cwd
        self._endings = endings
        self._has_credentials = expands or any(map(_is_owners_credential, _settings(items)))
        baseline = items.single.get("", {}).get("update-baseline")
        self._written = WRITTEN | ({"baseline"} if baseline and baseline.value else set())

    def needed(self, setting: SetValue, file: ConfigFile) -> Permission | None:
        """Return the permission that a value of an untrusted file needs."""
        key, value = setting.key, setting.item.value
        if key is not None and key.permission is not None and value:
            harmless = bool(key.harmless) and value in key.harmless
            directs_own = key.permission is Permission.DIRECT and not self._has_credentials
            if not harmless and not directs_own:
                return key.permission
        return self._outside(setting, file)

    def _outside(self, setting: SetValue, file: ConfigFile) -> Permission | None:
        """Return the permission for a path that leads outside of the file's folder."""
        value_type = setting.key.value_type if setting.key else setting.group.values
        value, folder = setting.item.value, file.path.parent
        if value_type == plain.OUTPUT:
            return None if self._is_report(str(value), folder) else Permission.WRITE_OUTSIDE
        if value_type in (plain.DOCUMENT, plain.DOCUMENTS):
            names = value if isinstance(value, tuple) else (str(value),)
            return next(filter(None, (self._document(name, folder) for name in names)), None)
        if value_type not in _PATHS:
            return None
        paths = [path for path in (value if isinstance(value, tuple) else [value]) if path]
        if setting.dotted in self._written:
            inside = all(_is_recording(path) and _is_visible_beneath(folder, path) for path in paths)
            return None if inside else Permission.WRITE_OUTSIDE
        if not all(_is_beneath(folder, path) for path in paths):
            return Permission.READ_OUTSIDE
        is_key = setting.dotted.rpartition(".")[2] in CREDENTIALS.get(setting.group.name, ())
        return Permission.USE_HARDWARE if is_key and any(map(_names_token, paths)) else None

    def _document(self, name: str, folder: Path) -> Permission | None:
        if name.startswith(("http://", "https://")):
            return Permission.FETCH
        if not plain.is_file_name(name, self._cwd):
            return None  # of a git revision, or standard input
        expanded = Path(name).expanduser()
        inside = _is_beneath(folder, self._cwd / name) and _is_beneath(folder, self._cwd / expanded)
        return None if inside else Permission.READ_OUTSIDE

    def _is_report(self, name: str, folder: Path) -> bool:
        """Whether a report may be written there: a visible file with the ending of a report, or ``-``.

        Any other file of a checkout may belong to the owner: ``.git/config``, ``venv/…/site.pth``.
        """
        if name == "-":
            return True
        shown = name_without_ending(name).lower()
        ending = not self._endings or shown.endswith(tuple(f".{one}" for one in self._endings))
        return ending and _is_visible_beneath(folder, self._cwd / name)


def _is_owners_credential(setting: SetValue) -> bool:
    """Whether a value is a credential that comes from an option, a variable or a trusted file."""
    of_owner = setting.item.file is None or setting.item.file.trusted
    name = setting.dotted.rpartition(".")[2]
    return of_owner and bool(setting.item.value) and name in CREDENTIALS.get(setting.group.name, ())


def _is_recording(path: Path) -> bool:
    """Whether a recording, checkpoint or baseline may have that name: no script that is run by its own."""
    name = name_without_ending(path.name).lower()
    return name.endswith(tuple(f".{ending}" for ending in RECORDING_ENDINGS))


def _names_token(path: Path) -> bool:
    """Return whether a PEM file names a key on a token of the owner."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return TOKEN_URI in stream.read(MOST_BYTES)
    except OSError:
        return False


def _is_beneath(folder: Path, path: Path) -> bool:
    try:
        beneath(folder, str(path))
    except OutsideFolderError:
        return False
    return True


def _is_visible_beneath(folder: Path, path: Path) -> bool:
    """Return whether a path lies beneath a folder and no part of it below the folder is hidden."""
    try:
        real = beneath(folder, str(path))
    except OutsideFolderError:
        return False
    return not any(part.startswith(".") for part in real.relative_to(folder.resolve()).parts)
