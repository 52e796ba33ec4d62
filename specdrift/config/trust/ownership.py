"""Owners of files and folders, compared as git does for ``safe.directory``."""

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = 0
"""The superuser can replace this program, so its files are no risk."""


def is_own(path: Path, environ: Mapping[str, str]) -> bool:
    """Return whether this user owns a file or folder, or the superuser does.

    A symbolic link and its target both count. With ``sudo``, the user who called it counts too.
    """
    try:
        owners = {path.lstat().st_uid, path.stat().st_uid}
    except OSError:
        return False
    return owners <= _own_ids(environ)


def _own_ids(environ: Mapping[str, str]) -> set[int]:
    user = os.geteuid()
    called_by = environ.get("SUDO_UID", "") if user == ROOT else ""
    return {user, ROOT, *([int(called_by)] if called_by.isdecimal() else [])}
