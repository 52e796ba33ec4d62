"""Lists of fingerprints: a listed certificate is a valid client's, and one of another CA is never listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.joined import OPEN, joined, nginx

if TYPE_CHECKING:
    from pathlib import Path

SECURE = "GET /secure"
ALICE, BOB = "0b027429d0b9fb509ad1411e42c725cb62539ea2", "5c6ffbdd40d9556b73a21e63c3e0e904d1a5a1f0"
PUBLIC = "location = /public { proxy_pass http://api; }"


def found(folder: Path, entries: str, condition: str, verify: str) -> tuple[set[str], bool]:
    """Errors about the guarded operation, and whether it is undecided."""
    guard = f"if ({condition}) {{ return 403; }}"
    result = joined(
        folder,
        nginx(
            f"location / {{ {guard} proxy_pass http://api; }} {PUBLIC}",
            verify=verify,
            more=f"map $ssl_client_fingerprint $known {{ {entries} }}",
        ),
        OPEN,
    )
    errors = {one.rule for one in result.drifts if one.severity.value == "error"}
    return errors, SECURE in {str(one.operation) for one in result.undecided}


LISTS = {
    "one certificate": (f"default 0; {ALICE} 1;", "$known = 0"),
    "without a default": (f"{ALICE} 1; {BOB} 1;", '$known = ""'),
    "a name for each": (f'default ""; {ALICE} alice; {BOB} bob;', '$known = ""'),
    "in upper case": (f"default 0; {ALICE.upper()} 1;", "$known != 1"),
    "those that are not listed are marked": (f"default 1; {ALICE} 0;", "$known"),
}
UNKNOWN = {
    "a beginning can be made": ("default 0; ~^0b02 1;", "$known = 0"),
    "a beginning beside a list": (f"default 0; ~^0b02 1; {ALICE} 1;", "$known = 0"),
    "no fingerprint": ("default 0; 0b:02:74 1;", "$known = 0"),
    "a list that cannot be read": ("default 0; include other/clients.map;", "$known = 0"),
    "names of which some are not true": (f"default 0; {ALICE} 0; {BOB} 1;", "$known = 0"),
    "a value of the request": (f"default $arg_a; {ALICE} 1;", "$known != 1"),
}


@pytest.mark.parametrize("verify", ["optional_no_ca", "optional"])
@pytest.mark.parametrize("form", LISTS.values(), ids=LISTS)
def test_a_list_of_those_that_are_admitted_is_a_guard(
    form: tuple[str, str], verify: str, tmp_path: Path
) -> None:
    """The client that has the key of a listed certificate is trusted, also without a CA."""
    assert found(tmp_path, *form, verify) == (set(), False)


@pytest.mark.parametrize(
    "form", [(f"default 0; {ALICE} 1;", "$known"), (f"default 1; {ALICE} 0;", "$known = 0")]
)
def test_a_list_of_those_that_are_refused_is_none(form: tuple[str, str], tmp_path: Path) -> None:
    """Any other certificate is admitted, and so is a client without one."""
    errors, undecided = found(tmp_path, *form, "optional_no_ca")
    assert ("gateway-optional-unchecked" in errors, undecided) == (True, False)


@pytest.mark.parametrize("form", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_no_complete_list_leaves_the_operation_undecided(
    form: tuple[str, str], tmp_path: Path
) -> None:
    """Never a pass, and never an accusation."""
    assert found(tmp_path, *form, "optional_no_ca") == (set(), True)
