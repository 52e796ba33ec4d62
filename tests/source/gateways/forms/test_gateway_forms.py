"""Each form is read as its program acts: the correct one passes, and that with a fault does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.servers.pki import TestPki, make_pki
from tests.source.crates import crate
from tests.source.gateways.forms import (
    apache_forms,
    caddy_forms,
    envoy_forms,
    haproxy_forms,
    kong_forms,
    mesh_forms,
    nginx_forms,
    traefik_forms,
)
from tests.source.gateways.forms.form import READ, Form, filled
from tests.source.gateways.forms.real_gateways import command, running
from tests.source.gateways.joined import DOCUMENT, OPEN

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

READ_ONLY = {"mesh": mesh_forms, "traefik": traefik_forms, "kong": kong_forms}
"""Forms whose programs do not run here."""
MODULES = {
    "nginx": nginx_forms,
    "haproxy": haproxy_forms,
    "apache": apache_forms,
    "envoy": envoy_forms,
    "caddy": caddy_forms,
}
FORMS = {
    f"{program}: {name}": (program, module.FILE, form)
    for program, module in MODULES.items()
    for name, form in module.FORMS.items()
}
EVERY = FORMS | {
    f"{program}: {name}": (program, module.FILE, form)
    for program, module in READ_ONLY.items()
    for name, form in module.FORMS.items()
}
LISTENS = {"nginx": "443", "haproxy": ":443", "apache": "443", "caddy": ":443"}
FILES = {
    "@CA@": "ca.pem",
    "@CERT@": "server.pem",
    "@KEY@": "server.key",
    "@PEM@": "server.pem",
    "@GLOBAL@": "",
}
FOLDERS = frozenset({"traefik"})
"""Gateways of which the folder is read."""
SECURE = "GET /secure"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    """Certificates of the gateway and its callers."""
    return make_pki(tmp_path_factory.mktemp("pki"))


def judged(program: str, file: str, form: Form, folder: Path, *, faulty: bool) -> Result:
    """Read a form beside the document."""
    inner = folder / "gateway"
    inner.mkdir()
    form.write(inner, faulty=faulty)
    marks = {**READ, **FILES, "@DIR@": str(inner), "@LISTEN@": LISTENS.get(program, "")}
    (inner / file).write_text(filled(form.text(faulty=faulty), marks), encoding="utf-8")
    (folder / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    paths = (inner if program in FOLDERS else inner / file, crate(folder / "service", OPEN))
    return routes(Settings(spec=str(folder / "openapi.yaml")), paths)


@pytest.mark.parametrize(("program", "file", "form"), EVERY.values(), ids=EVERY)
def test_a_correct_form_passes(program: str, file: str, form: Form, tmp_path: Path) -> None:
    """Nothing is reported of the operation, and nothing left undecided."""
    result = judged(program, file, form, tmp_path, faulty=False)
    accused = {(one.rule, one.message) for one in result.drifts if one.severity.value == "error"}
    assert (accused, result.undecided) == (set(), ())
    assert result.exit_status in (ExitStatus.OK, ExitStatus.DRIFT)


@pytest.mark.parametrize(("program", "file", "form"), EVERY.values(), ids=EVERY)
def test_a_fault_is_found(program: str, file: str, form: Form, tmp_path: Path) -> None:
    """It is reported, or the operation is undecided where that is all that can be known."""
    result = judged(program, file, form, tmp_path, faulty=True)
    accused = any(one.severity.value == "error" and str(one.operation) == SECURE for one in result.drifts)
    undecided = any(str(one.operation) == SECURE for one in result.undecided)
    assert accused if form.found else (accused or undecided)


@pytest.mark.servers
@pytest.mark.parametrize(("program", "file", "form"), FORMS.values(), ids=FORMS)
def test_the_program_acts_as_the_form_says(
    program: str, file: str, form: Form, pki: TestPki, tmp_path: Path
) -> None:
    """The fault gives anonymous clients the operation, and the correct twin does not."""
    if command(program, tmp_path, tmp_path / file) is None:
        pytest.skip(f"{program} is not installed")
    usual = type(form.attack)()
    for faulty in (False, True):
        folder = tmp_path / str(faulty)
        folder.mkdir()
        with running(program, file, form, folder, pki, faulty=faulty) as gateway:
            assert gateway.reaches(form.attack) is faulty
            if not faulty:
                assert gateway.reaches(usual, pki.alice)
                assert not gateway.reaches(usual)
