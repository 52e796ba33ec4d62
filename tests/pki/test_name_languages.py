"""Certificates whose names stand for a valid identity's in a query, pattern, path or URL, and their neutral twins."""

from __future__ import annotations

import contextlib
import fnmatch
import posixpath
import re
import sqlite3
import urllib.parse
from typing import TYPE_CHECKING

import pytest
from cryptography.x509.oid import NameOID

from specdrift.pki.battery import NEUTRAL_TWIN, PROFILES, generate
from tests.pki.world import credential, make_world

if TYPE_CHECKING:
    from collections.abc import Callable

WORLD = make_world("ec")
CAROL = credential(WORLD.carol)


def name_in(profile: str, *, neutral: bool) -> str:
    """Return the common name of a generated certificate."""
    ((_, made),) = generate([profile], WORLD.factory(victim=CAROL, neutral=neutral))
    (common,) = made.leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common.value)


def by_sql(query: str, *values: str) -> bool:
    """Return the result of a condition."""
    with contextlib.closing(sqlite3.connect(":memory:")) as data:
        return bool(data.execute(query, values).fetchone()[0])


FINDS_CAROL: dict[str, Callable[[str], bool]] = {
    "partial-name-like": lambda text: by_sql("SELECT 'carol' LIKE ?", text),
    "partial-name-class": lambda text: (
        bool(re.fullmatch(text, "carol")) and fnmatch.fnmatchcase("carol", text)
    ),
    "partial-name-query": lambda text: by_sql(f"SELECT 'carol' = '{text}'"),
    "partial-name-filter": lambda text: f"(cn={text})" == "(cn=carol)(objectClass=*)",
    "partial-name-path": lambda text: posixpath.normpath(text) == "carol",
    "partial-name-escaped": lambda text: urllib.parse.unquote(text) == "carol",
}


@pytest.mark.parametrize("profile", FINDS_CAROL)
def test_a_name_stands_for_the_valid_one_and_its_twin_does_not(profile: str) -> None:
    """Both have the characters that the language gives a meaning."""
    finds = FINDS_CAROL[profile]
    assert PROFILES[profile].control == NEUTRAL_TWIN
    name, twin = name_in(profile, neutral=False), name_in(profile, neutral=True)
    assert "carol" not in (name, twin)
    assert re.sub(r"[\w ]", "", name) == re.sub(r"[\w ]", "", twin)
    assert (finds(name), finds(twin)) == (True, False)


def test_the_values_of_a_role_are_written_in_the_same_way() -> None:
    """An application may look the unit up."""
    factory = WORLD.factory(victim=CAROL, role_values=("admin",))
    ((_, made),) = generate(["partial-name-class"], factory)
    (unit,) = made.leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    assert unit.value == "admi[n]"
