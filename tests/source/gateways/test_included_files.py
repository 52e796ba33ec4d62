"""Included files of nginx that are not there: what they hold may be a guard, or end one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.gateways.joined import OPEN, TOLD, VERIFIED, found, joined, nginx
from tests.source.gateways.test_join import PUBLIC

if TYPE_CHECKING:
    from pathlib import Path

PASS = f"{TOLD} proxy_pass http://api;"
INCLUDE = "include snippets/part.conf;"
PLACES = {
    "a location": (nginx(f"location / {{ {INCLUDE} {PASS} }} {PUBLIC}"), VERIFIED),
    "around a location": (
        nginx(f"location / {{ {INCLUDE} location = /secure {{ {PASS} }} }} {PUBLIC}"),
        "deny all;",
    ),
    "a server": (nginx(f"location / {{ {PASS} }}", server=INCLUDE), VERIFIED),
    "an if": (
        nginx(f"location / {{ if ($ssl_client_verify != SUCCESS) {{ {INCLUDE} }} {PASS} }} {PUBLIC}"),
        "return 403;",
    ),
    "all servers": (nginx(f"location / {{ {PASS} }}", more=INCLUDE), "deny all;"),
    "a map": (
        nginx(
            f"location / {{ if ($known = 0) {{ return 403; }} {PASS} }} {PUBLIC}",
            more=f"map $ssl_client_verify $known {{ default 1; {INCLUDE} }}",
        ),
        "NONE 0; ~^FAILED 0;",
    ),
}


@pytest.mark.parametrize(("gateway", "part"), PLACES.values(), ids=PLACES)
def test_a_missing_file_is_not_taken_for_an_empty_one(gateway: str, part: str, tmp_path: Path) -> None:
    """The guard may be in it: nothing is accused, and nothing passes. With the file, the guard is found."""
    result = joined(tmp_path, gateway, OPEN)
    assert {severity for _, _, severity in found(result)} <= {"warning"}
    assert result.exit_status is ExitStatus.INCOMPLETE
    assert "GET /secure" in {str(one.operation) for one in result.undecided}
    whole = tmp_path / "whole"
    (whole / "snippets").mkdir(parents=True)
    (whole / "snippets" / "part.conf").write_text(part, encoding="utf-8")
    assert {severity for _, _, severity in found(joined(whole, gateway, OPEN))} <= {"warning"}


def test_a_pattern_without_files_names_no_file(tmp_path: Path) -> None:
    """nginx starts with it, too: the location has no guard."""
    gateway = nginx(f"location / {{ include snippets/*.conf; {PASS} }} {PUBLIC}")
    assert "gateway-optional-unchecked" in {rule for rule, _, _ in found(joined(tmp_path, gateway, OPEN))}


def test_a_main_file_whose_servers_stand_elsewhere_leaves_operations_undecided(tmp_path: Path) -> None:
    """Debian's includes them by the place where it is installed; not undecided where they are in the folder."""
    main = "include {}modules-enabled/*.conf; events {{}} http {{ include {}sites-enabled/*; }}"
    outside = joined(tmp_path, main.format("/etc/nginx/", "/etc/nginx/"), OPEN)
    assert {severity for _, _, severity in found(outside)} <= {"warning"}
    assert outside.exit_status is ExitStatus.INCOMPLETE
    assert "/etc/nginx/sites-enabled/* is outside" in str(outside.gateways[0].unresolved)
    twin = tmp_path / "twin"
    (twin / "sites-enabled").mkdir(parents=True)
    whole = nginx(f"location / {{ {VERIFIED} {PASS} }} {PUBLIC}")
    inner = whole.partition("http {")[2].rstrip().removesuffix("}")
    (twin / "sites-enabled" / "api").write_text(inner, encoding="utf-8")
    inside = joined(twin, main.format("", ""), OPEN)
    assert (found(inside), inside.exit_status) == (set(), ExitStatus.OK)


@pytest.mark.parametrize("root", ["/etc/nginx", "/opt/web/conf"])
def test_includes_by_the_place_of_the_original_mean_the_folder(root: str, tmp_path: Path) -> None:
    """A folder has what the server has at a place of its own. What is missing in it is missing there."""
    main = f"include {root}/modules-enabled/*.conf; events {{}} http {{ include {root}/sites-enabled/*; }}"
    (tmp_path / "sites-enabled").mkdir()
    (tmp_path / "snippets").mkdir()
    whole = nginx(f"location / {{ include {root}/snippets/guard.conf; {PASS} }} {PUBLIC}")
    inner = whole.partition("http {")[2].rstrip().removesuffix("}")
    (tmp_path / "sites-enabled" / "api").write_text(inner, encoding="utf-8")
    missing = joined(tmp_path, main, OPEN)
    assert missing.exit_status is ExitStatus.INCOMPLETE
    for text, expected in ((VERIFIED, set()), ("", {("gateway-optional-unchecked", "GET /secure", "error")})):
        (tmp_path / "snippets" / "guard.conf").write_text(text, encoding="utf-8")
        result = joined(tmp_path, main, OPEN)
        assert found(result) == expected
        assert result.gateways[0].unresolved == ()


def test_another_place_than_that_of_the_folder_is_outside(tmp_path: Path) -> None:
    """The first file that is in the folder tells what the folder is called elsewhere."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.conf").write_text("deny all;", encoding="utf-8")
    whole = nginx(f"location / {{ include /srv/other/a.conf; {PASS} }} {PUBLIC}")
    result = joined(
        tmp_path, f"# include /srv/other/parts/a.conf;\ninclude /etc/nginx/parts/*.conf;\n{whole}", OPEN
    )
    assert result.exit_status is ExitStatus.INCOMPLETE
    assert "/srv/other/a.conf is outside" in str(result.gateways[0].unresolved)
