"""OpenMetrics: what Prometheus's own parsers read, and the alert rules and the dashboard that use it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from msgspec.structs import replace
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Verdict
from specdrift.reports import RenderOptions, render
from specdrift.reports.openmetrics import LAST_SUCCESS
from tests.reports import extremes, factory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specdrift.model.result.result import Result

EXAMPLES = Path(__file__).parents[2] / "examples/prometheus"
DASHBOARD: dict[str, Any] = json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((EXAMPLES / "alerts.yml").read_text(encoding="utf-8"))
COMMON = {"document", "target"}


def written(result: Result, former: bytes = b"") -> bytes:
    """The report, in place of another."""
    return render(result, "openmetrics", RenderOptions(former=former))


def read(content: bytes) -> Mapping[str, list[tuple[dict[str, str], float]]]:
    """Samples by name, as the strict parser of OpenMetrics reads them."""
    families = text_string_to_metric_families(content.decode())
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in families:
        assert family.documentation
        for sample in family.samples:
            own = {key: value for key, value in sample.labels.items() if key not in COMMON}
            assert sample.labels.keys() >= COMMON
            found.setdefault(sample.name, []).append((own, sample.value))
    return found


def promtool(*arguments: str | Path, content: bytes = b"") -> None:
    """Run Prometheus's own checker."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run(["promtool", *arguments], input=content, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_every_finding_and_operation_is_counted_once() -> None:
    """Sums are those of the other reports."""
    result = factory.story()
    found = read(written(result))
    assert sum(value for _, value in found["specdrift_operations"]) == len(result.operations)
    drifts = [drift for drift in result.drifts if drift.status is not DriftStatus.SUPPRESSED]
    assert sum(value for _, value in found["specdrift_findings"]) == len(drifts)
    assert sum(value for _, value in found["specdrift_accepted_findings"]) == len(result.drifts) - len(drifts)
    assert sum(value for _, value in found["specdrift_undecided"]) == len(result.undecided)
    assert found["specdrift_run_exit_status"] == [({}, result.exit_status)]
    expiry = {
        labels["identity"]: value for labels, value in found["specdrift_certificate_expiry_timestamp_seconds"]
    }
    assert expiry["alice"] > expiry["old-alice"]


def test_a_rule_without_findings_is_zero() -> None:
    """Else the series of a repaired drift ends with its last value."""
    result = replace(factory.consistent(), rules=("mtls-not-enforced",))
    found = read(written(result))["specdrift_findings"]
    assert ({"rule": "mtls-not-enforced", "severity": "error"}, 0.0) in found


def test_what_the_server_lacks_is_counted_apart() -> None:
    """It is neither consistent nor undecided for another reason."""
    whole = factory.consistent()
    first = whole.operations[0]
    result = replace(
        whole,
        operations=(replace(first, verdict=Verdict.UNDECIDED), *whole.operations[1:]),
        undecided=(
            UndecidedOperation(
                operation=first.operation.key,
                kind=UndecidedReason.NOT_DEPLOYED,
                reason="not deployed",
                how_to_decide="deploy it",
                remedy=Remedy.DEPLOY,
            ),
        ),
    )
    counts = {labels["verdict"]: value for labels, value in read(written(result))["specdrift_operations"]}
    assert (counts["not-deployed"], counts["undecided"]) == (1, 0)


def test_a_lint_counts_no_operations() -> None:
    """It judged none: nothing was sent."""
    assert "specdrift_operations" not in read(written(factory.document_only()))


def test_the_last_success_survives_failures() -> None:
    """It is taken from the file that the report replaces, for the same document and target only."""
    passed, failed = factory.consistent(), factory.story()
    later = replace(failed, document=passed.document, target=passed.target)
    ended = passed.finished_at.timestamp()
    first = written(passed)
    assert read(first)[LAST_SUCCESS] == [({}, ended)]
    second = written(later, first)
    assert read(second)[LAST_SUCCESS] == [({}, ended)]
    assert read(written(later, second))[LAST_SUCCESS] == [({}, ended)]
    other = replace(later, target=replace(later.target, base_url="https://other.example.test"))
    assert LAST_SUCCESS not in read(written(other, second))


@pytest.mark.parametrize(
    "former", [b"\xff", b"# EOF", b"x", b"specdrift_last_success_timestamp_seconds{ 1", b"a 1\n# EOF\n" * 2]
)
def test_a_file_of_something_else_is_no_success(former: bytes) -> None:
    """Whatever stood there, the report is written."""
    assert LAST_SUCCESS not in read(written(factory.story(), former))


def test_a_success_in_the_future_is_none() -> None:
    """A file from a host with another clock."""
    passed = factory.consistent()
    later = replace(passed, exit_status=1)
    ahead = written(replace(passed, finished_at=passed.finished_at.replace(year=2090)))
    assert LAST_SUCCESS not in read(written(later, ahead))


def openmetrics_can_be_read(result: Result) -> None:
    """Whatever a server or a document put into it."""
    read(written(result))


def test_promtool_reads_it() -> None:
    """Lines as node_exporter reads them, names and units as Prometheus advises."""
    for result in (factory.story(), factory.consistent(), factory.document_only(), extremes.hostile()):
        promtool("check", "metrics", content=written(result))


@pytest.mark.slow
def test_promtool_accepts_the_alerts() -> None:
    """And each fires where it must, and not before."""
    promtool("check", "rules", EXAMPLES / "alerts.yml")
    promtool("test", "rules", EXAMPLES / "alerts.test.yml")


def expressions() -> list[str]:
    """Return the queries of alerts and panels, with the variables of the dashboard filled in."""
    alerts = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [re.sub(r"\$\w+", ".*", text) for text in (*alerts, *panels)]


def test_promtool_accepts_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    """As recording rules, which have the same syntax."""
    rules = [{"record": f"panel_{number}", "expr": text} for number, text in enumerate(expressions())]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    promtool("check", "rules", file)


def test_alerts_and_dashboard_use_metrics_that_exist() -> None:
    """A misspelt name is no error to Prometheus, and an alert that never fires."""
    passed = replace(factory.story(), exit_status=0)
    names = read(written(passed)).keys()
    used = {name for text in expressions() for name in re.findall(r"\bspecdrift_\w+", text)}
    assert used <= names
    assert names - used <= {"specdrift_run_requests", "specdrift_run_duration_seconds"}


def test_every_alert_is_tested() -> None:
    """In the file beside it."""
    tests = yaml.safe_load((EXAMPLES / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
    fired = {
        case["alertname"] for test in tests for case in test["alert_rule_test"] if case.get("exp_alerts")
    }
    assert fired == {rule["alert"] for group in ALERTS["groups"] for rule in group["rules"]}
