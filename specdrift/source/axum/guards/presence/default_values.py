"""The default of a type that derives it: its options are absent, its numbers zero."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from specdrift.source.axum.guards.absent.absent_extensions import MAYBE, kinds_of, struct_held
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    FALSE,
    UNKNOWN,
    ZERO,
    Atom,
    Text,
    Value,
    holding,
)
from specdrift.source.rust.syntax import text

if TYPE_CHECKING:
    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.rust.items import RustModule

INTEGER_TYPE = re.compile(r"[iu](?:8|16|32|64|128|size)")


def default_of(case: AbsentCase, path: tuple[str, ...], module: RustModule) -> Value:
    """Return the default of a struct that derives it; what is known without one of any other type."""
    name = case.profiles.types.key(path, module)
    found = case.profiles.types.definition(name)
    body = found.body if found is not None and found.kind == "struct" else None
    if body is None:
        return struct_held(case, name)
    fields = {key: frozenset({_default(text(kind))}) for key, kind in kinds_of(body).items()}
    return {holding(name, fields)} if any(one != {UNKNOWN} for one in fields.values()) else {UNKNOWN}


def _default(kind: str) -> Atom:
    """Return the default of a type of a library."""
    if any(f"{word}<" in kind for word in MAYBE):
        return ABSENT
    if kind == "String":
        return Text("")
    return FALSE if kind == "bool" else ZERO if INTEGER_TYPE.fullmatch(kind) else UNKNOWN
