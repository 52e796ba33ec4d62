"""``check --source`` on the running Axum lab: source findings are probed; the runtime confirms or clears them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from specdrift.app.saved import read_result
from specdrift.cli.main import cli
from specdrift.reports import read
from specdrift.reports.content import three_way
from specdrift.result.schema.result import SCHEMA
from specdrift.result.serialize import serialize
from tests.lab.axum_lab import LAB, axum_lab, cargo_available
from tests.servers.conftest import pki
from tests.servers.pki import TestPki
from tests.servers.same_stack import without_most_certificates

__all__ = ["pki"]

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not cargo_available(), reason="the lab needs cargo 1.85 or newer"),
]


Json = dict[str, Any]


def invoke(*arguments: str) -> str:
    """What the real command wrote."""
    return CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False).stdout


def check(pki: TestPki, saved: Path, *options: str, faults: Sequence[str] = ()) -> Path:
    """The saved result of a run on the lab with some faults, beside its source as it stands."""
    with axum_lab(ca=pki.client_ca, cert=pki.server_cert, key=pki.server_key, faults=faults) as url:
        where = [str(LAB / "openapi.yaml"), url, f"--source={LAB}", f"--report=json={saved}"]
        callers = [f"--identity=alice={pki.alice.cert},{pki.alice.key},role=reader"]
        callers += [f"--identity=bob={pki.bob.cert},{pki.bob.key},role=admin", f"--cacert={pki.server_ca}"]
        few = without_most_certificates(saved.parent)
        invoke("check", *where, *callers, *few, *options, "-q")
    return saved


@pytest.fixture(scope="module")
def checked(pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a lab with two faults."""
    saved = tmp_path_factory.mktemp("source") / "result.json"
    return check(pki, saved, "--unsafe-methods=send", faults=("admin-outside-layer", "undocumented"))


def of_rule(result: Json, rule: str) -> dict[str, dict[str, Any]]:
    """The drifts of a rule, by their operation."""
    drifts = (drift for drift in result["drifts"] if drift["rule"] == rule)
    return {f"{d['operation']['method']} {d['operation']['path']}": d for d in drifts}


def test_the_result_has_all_three_and_fits_its_schema(checked: Path) -> None:
    """The source's routes ride along with what the server did."""
    result = json.loads(checked.read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMA).validate(result)
    assert {route["path"] for route in result["source"]["routes"]} >= {"/metrics", "/v1/admin/users"}
    assert result["probes"]


def test_a_route_of_the_source_that_answers_is_confirmed(checked: Path) -> None:
    """The probes are those of the source, and the finding says that the runtime answers."""
    result = json.loads(checked.read_text(encoding="utf-8"))
    undocumented = of_rule(result, "route-not-documented")
    assert "The runtime answers anonymous callers (200)." in undocumented["GET /debug/config"]["message"]
    assert undocumented["GET /debug/config"]["confidence"] == "high"
    asked = [item for item in result["undocumented"] if item["path"] == "/debug/config"]
    assert [item["source"].rpartition("/")[2] for item in asked] == ["undocumented.rs:11"]


def test_a_route_that_is_not_there_at_run_time_is_cleared(pki: TestPki, tmp_path: Path) -> None:
    """Without the fault, the server says 404 to what the source wires in some runs: the finding is a note then."""
    saved = check(pki, tmp_path / "result.json", "--checks=undocumented")
    undocumented = of_rule(json.loads(saved.read_text(encoding="utf-8")), "route-not-documented")[
        "GET /metrics"
    ]
    assert undocumented["severity"] == "note"
    assert "The runtime answers 404 to every caller" in undocumented["message"]


def test_a_missing_guard_is_confirmed_or_cleared_by_what_the_server_did(checked: Path) -> None:
    """Administrators' pages are open, as the source says they may be; the invoices are not, in this run."""
    result = json.loads(checked.read_text(encoding="utf-8"))
    guards = of_rule(result, "route-not-guarded")
    admin, invoices = guards["GET /v1/admin/users"], guards["GET /v1/invoices"]
    assert admin["severity"] == "error"
    assert admin["message"].endswith("The runtime admits callers without a certificate.")
    assert invoices["severity"] == "note"
    assert invoices["message"].endswith("The runtime refuses callers without a certificate.")


def test_routes_with_a_result_gives_the_same_findings_without_requests(checked: Path) -> None:
    """A saved result of a check without the source can be held against it later."""
    whole = json.loads(checked.read_text(encoding="utf-8"))
    known = read_result(checked)
    kept = tuple(drift for drift in known.drifts if "runtime" not in drift.message)
    plain = checked.with_name("plain.json")
    plain.write_bytes(serialize(replace(known, source=None, drifts=kept)))
    result = json.loads(invoke("routes", str(LAB), "--result", str(plain), "--format", "json", "-q"))
    for rule in ("route-not-guarded", "route-not-documented"):
        later, before = of_rule(result, rule), of_rule(whole, rule)
        assert {key: d["message"] for key, d in later.items()} == {
            key: d["message"] for key, d in before.items()
        }


def test_sarif_points_into_the_source(checked: Path) -> None:
    """Code scanning shows the finding at the line that wires the route, with the document's line beside it."""
    sarif = json.loads(invoke("report", str(checked), "--format", "sarif"))
    results = sarif["runs"][0]["results"]
    found = [r for r in results if r["ruleId"] == "route-not-guarded" and "/v1/admin/users" in json.dumps(r)]
    place = found[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("examples/axum-lab/src/api/users.rs")
    lines = (LAB / "src" / "api" / "users.rs").read_text(encoding="utf-8").splitlines()
    assert "/v1/admin/users" in lines[place["region"]["startLine"] - 1]
    related = json.dumps(found[0]["relatedLocations"])
    assert "openapi.yaml" in related
    assert "axum-lab/src/faults/plain.rs" in related  # merged there with the fewest layers around it


def test_the_page_shows_the_three_side_by_side(checked: Path) -> None:
    """Disagreements stand first and are named; agreements are folded away."""
    html = invoke("report", str(checked), "--format", "html")
    section = html[html.index('id="source"') : html.index('id="matrix"')]
    assert section.index("GET /v1/admin/users") < section.index("on which they agree")
    assert "no guard in some configurations" in section
    assert "admits anonymous clients" in section
    assert "answers 200" in section
    assert "examples/axum-lab/src/faults/undocumented.rs:11" in section
    assert 'href="#source"' in html
    assert "<h5>Source <span" in html
    assert "<h5>Document <span" in html


def test_an_unanswered_probe_is_not_reported_as_not_sent(pki: TestPki, tmp_path: Path) -> None:
    """No identity has the role, so a refusal is inconclusive. Operations that may not be sent were not probed."""
    saved = tmp_path / "result.json"
    with axum_lab(ca=pki.client_ca, cert=pki.server_cert, key=pki.server_key) as url:
        alice = f"--identity=alice={pki.alice.cert},{pki.alice.key},role=reader"
        where = [str(LAB / "openapi.yaml"), url, f"--source={LAB}", f"--cacert={pki.server_ca}"]
        few = without_most_certificates(tmp_path)
        invoke("check", *where, alice, *few, f"--report=json={saved}", "-q")
    rows = {row.operation: row.runtime for row in three_way.rows(read(saved.read_bytes()))}
    assert rows["GET /v1/admin/users"] == "undecided"
    assert rows["DELETE /v1/admin/users/{id}"] == "not probed"
