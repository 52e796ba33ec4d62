"""What ``specdrift routes`` imports: adapters of gateways and checks take longer than a small service."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from specdrift.source.frameworks import GATEWAYS
from specdrift.source.listed_gateway import ListedGateway
from tests.source.crates import crate, served

NGINX = "server { listen 443 ssl; location / { proxy_pass http://127.0.0.1:8080; } }\n"
ROOT = Path(__file__).resolve().parents[2]
RUN_AS = {"kubernetes": "mesh"}
NOT_RUN = frozenset({"kong"})
"""No package of its server is installed for the tests."""
CODE = """
import sys
from specdrift.cli.main import run
run(["routes", sys.argv[1], "-q", "--exit-zero"])
print(*(name for name in sys.modules))
"""


def imported(folder: Path) -> set[str]:
    """The adapters of gateways, and the stages and libraries that others need, which were imported to read a folder."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(folder)], check=True, capture_output=True, text=True, cwd=folder
    )
    adapters = {one.module for one in GATEWAYS if isinstance(one, ListedGateway)}
    stages = {"specdrift.checks", "specdrift.crawler", "specdrift.scan.execution", "specdrift.pki.battery"}
    stages |= {"specdrift.loader.contract_loader", "specdrift.traffic", "cryptography", "yaml"}
    return {*done.stdout.split()} & (adapters | stages)


@pytest.mark.slow
def test_a_service_alone_is_read_without_gateways_and_checks(tmp_path: Path) -> None:
    """They took half of the time of a small one."""
    folder = crate(tmp_path, served('Router::new().route("/a", get(a))', "async fn a() {}\n"))
    assert imported(folder) == set()


@pytest.mark.slow
def test_what_may_be_a_gateway_is_read_by_its_adapter(tmp_path: Path) -> None:
    """A file in a folder that a pattern names is enough; adapters of the same name look at it themselves."""
    folder = crate(tmp_path, served('Router::new().route("/a", get(a))', "async fn a() {}\n"))
    (folder / "conf.d").mkdir()
    (folder / "conf.d" / "site.conf").write_text(NGINX, encoding="utf-8")
    assert "specdrift.source.nginx.nginx_gateway" in imported(folder)


@pytest.mark.parametrize("listed", GATEWAYS, ids=lambda one: one.name)
def test_a_listed_gateway_is_that_of_its_adapter(listed: ListedGateway) -> None:
    """The list has its name without importing it."""
    assert import_module(listed.module).GATEWAY.name == listed.name


@pytest.mark.parametrize("listed", GATEWAYS, ids=lambda one: one.name)
def test_a_listed_gateway_is_on_the_page_and_compared_with_its_server(listed: ListedGateway) -> None:
    """Otherwise it is read as its author believes."""
    page = (ROOT / "docs" / "gateways.md").read_text(encoding="utf-8")
    assert listed.name in page.lower(), f"add what is evaluated of {listed.name} to docs/gateways.md"
    wanted = f"{RUN_AS.get(listed.name, listed.name)}_runner.py"
    assert listed.name in NOT_RUN or any((ROOT / "tests" / "source").rglob(wanted)), (
        f"add {wanted}, which runs configurations of {listed.name} and compares, as nginx_runner.py does"
    )
