"""The folders of examples/real: each is whole, its configuration loads, and the page has what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from specdrift.cli.main import cli
from specdrift.rules import RULES
from tests.real.page import DOCUMENT, Row, document, row_of
from tests.real.products import FOLDER, PRODUCTS, Product
from tests.real.run import NotHereError, check, lay_out, prepare, started

if TYPE_CHECKING:
    from pathlib import Path

CHEAP = ("prometheus",)
"""Products that start in a second and whose packages `./dev test` installs; each check takes ten."""


STAND_IN = """\
openapi: 3.1.0
info: {title: Stands in for a vendor's document, version: "1"}
paths: {/: {get: {responses: {}}}, /admin/keys: {get: {responses: {}}}}
"""
"""With a path for the entries of configurations that are about administration: they must match something."""


def named(name: str) -> Product:
    """Return the product of a folder."""
    return next(product for product in PRODUCTS if product.name == name)


def test_each_folder_is_a_product() -> None:
    """A folder without product.toml would be missing in the table without a message."""
    assert [product.name for product in PRODUCTS] == sorted(
        path.name for path in FOLDER.iterdir() if path.is_dir()
    )


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.name)
def test_a_product_has_its_scripts_and_known_rules(product: Product) -> None:
    """`./dev real` runs prepare.sh and start.sh; the sentences are about rules that exist, once each."""
    assert {"prepare.sh", "start.sh", "specdrift.toml"} <= {path.name for path in product.folder.iterdir()}
    rules = [each.rule for each in product.explanations]
    assert set(rules) <= set(RULES)
    assert len(rules) == len({*rules})
    for script in product.folder.glob("*.sh"):
        subprocess.run(["sh", "-n", script], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.name)
def test_a_configuration_loads(product: Product, tmp_path: Path) -> None:
    """With the certificates that the scripts get, as `specdrift config check` reads it; no value of a parameter."""
    lay_out(product, tmp_path / "work")
    document = tmp_path / "work" / tomllib.loads((product.folder / "specdrift.toml").read_text())["spec"]
    if not document.exists():  # prepare.sh takes it from a package
        document.write_text(STAND_IN, encoding="utf-8")
    done = CliRunner().invoke(cli, ["config", "check", f"--config={tmp_path / 'work' / 'specdrift.toml'}"])
    assert done.exit_code == 0, done.output
    assert "parameters" not in (product.folder / "specdrift.toml").read_text(encoding="utf-8")


OWN = [product for product in PRODUCTS if (product.folder / "openapi.yaml").exists()]


@pytest.mark.parametrize("product", OWN, ids=lambda product: product.name)
def test_an_owners_document_has_no_finding(product: Product) -> None:
    """A document that is written here declares its certificates without contradictions."""
    done = CliRunner().invoke(cli, ["lint", str(product.folder / "openapi.yaml"), "--fail-on=note"])
    assert done.exit_code == 0, done.output


def test_the_page_has_the_products_and_their_sentences() -> None:
    """`./dev real --write` made it last: rows are those of the folders, and each finding of a row has a sentence."""
    page = DOCUMENT.read_text(encoding="utf-8")
    assert document([], before=page) == page
    rows = [line for line in page.splitlines() if line.startswith("| [")]
    assert [re.search(r"\(#(.+?)\)", row)[1] for row in rows] == [product.name for product in PRODUCTS]  # type: ignore[index]
    for row, product in zip(rows, PRODUCTS, strict=True):
        assert {each.rule for each in product.explanations} == set(
            re.findall(r"\d+ ([a-z-]+)", row.split(" | ")[4])
        )


def test_products_that_were_not_run_keep_their_line() -> None:
    """`./dev real etcd --write` replaces the line of etcd alone."""
    page = DOCUMENT.read_text(encoding="utf-8")
    changed = document([Row(name="etcd", line="| new |", unexplained=())], before=page)
    assert [line for line in changed.splitlines() if line not in page.splitlines()] == ["| new |"]


def test_a_program_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the product gets a sentence with the package, not a traceback."""
    monkeypatch.setattr(shutil, "which", lambda _name, path: None)  # noqa: ARG005
    with pytest.raises(NotHereError, match=r"etcd is not installed \(Debian package etcd-server\)"):
        prepare(named("etcd"), tmp_path)


@pytest.mark.servers
@pytest.mark.parametrize("name", CHEAP)
def test_a_cheap_product_is_checked_as_the_page_says(name: str, tmp_path: Path) -> None:
    """Each finding is explained; another version of the product may lack some."""
    product, work = named(name), tmp_path / name
    try:
        pki = lay_out(product, work)
        version = prepare(product, work)
    except NotHereError as missing:
        pytest.skip(str(missing))
    with started(product, work, pki) as running:
        row = row_of(product, check(work, running, version=version))
    assert row.unexplained == ()
