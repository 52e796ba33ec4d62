"""The smaller commands."""

import json
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift import reports
from specdrift.config.describe.json_schema import config_schema
from specdrift.config.keys.catalogue import GROUPS
from specdrift.model.result.problem import ProblemKind
from specdrift.pki.battery import PROFILES
from specdrift.rules import RULES
from tests.cli.conftest import Run
from tests.cli.engine import Engine
from tests.reports import factory

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_explained(command: Run, name: str) -> None:
    """When, why, what to do: offline, and within 100 columns."""
    outcome = command("explain", name)
    rule = RULES[name]
    flat = " ".join(outcome.out.split())
    assert outcome.status == 0
    assert all(" ".join(text.split()) in flat for text in (rule.title, rule.summary, rule.why, rule.remedy))
    assert max(map(len, outcome.out.splitlines())) <= 100


def test_rules_lists_them_all(command: Run) -> None:
    """As a table for people, as JSON for programs."""
    assert [line.split()[0] for line in command("rules").out.splitlines()] == list(RULES)
    listed = json.loads(command("rules", "--format", "json").out)
    assert [(rule["id"], rule["severity"]) for rule in listed] == [
        (rule.id, rule.severity.value) for rule in RULES.values()
    ]


def test_schemas_are_printed(command: Run) -> None:
    """The same that the reader of the configuration and the writer of results use."""
    assert json.loads(command("schema", "config").out) == config_schema()
    assert json.loads(command("schema", "result").out) == reports.result_schema()


def test_the_configuration_has_a_page_for_people(command: Run) -> None:
    """Every key is on it, and docs/configuration.md is that page (`./dev docs` writes it)."""
    page = command("schema", "config", "--format", "markdown").out
    for group in GROUPS:
        assert all(f"| `{key.name}` |" in page for key in group.keys)
    assert all(f"| `{name}` |" in page for name in (*PROFILES, *reports.FORMATS))
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == page, "run ./dev docs"
    assert command("schema", "result", "--format", "markdown").status == 2


def test_init_writes_a_configuration_that_can_be_used(command: Run, tmp_path: Path) -> None:
    """What it writes reads back without a complaint but for the certificates that are not there yet."""
    (tmp_path / "openapi.yaml").unlink(missing_ok=True)
    (tmp_path / "swagger.json").write_text(
        '{"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": {}}'
    )
    outcome = command("init", "--base-url", "https://api.example.test")
    written = tomllib.loads((tmp_path / "specdrift.toml").read_text())
    assert outcome.status == 0
    assert (written["spec"], written["base-url"]) == ("swagger.json", "https://api.example.test")
    assert command("config", "show").status == 0
    complaint = command("config", "check")
    assert complaint.status == 2
    assert complaint.err.splitlines()[0].startswith(
        "error: specdrift.toml:8: server.ca-file: there is no file"
    )


def test_init_does_not_overwrite(command: Run, tmp_path: Path) -> None:
    """An existing file is kept; --force and -o - override that."""
    file = tmp_path / "specdrift.toml"
    file.write_text("# mine\n")
    outcome = command("init")
    assert outcome.status == 2
    assert "--force" in outcome.err
    assert file.read_text() == "# mine\n"
    assert tomllib.loads(command("init", "-o", "-").out)["spec"] == "openapi.yaml"
    assert command("init", "--force").status == 0
    assert "mine" not in file.read_text()


def test_init_into_a_missing_folder_is_an_error(command: Run) -> None:
    """The message names the folder."""
    outcome = command("init", "-o", "absent/specdrift.toml")
    assert (outcome.status, outcome.err.splitlines()[-1]) == (
        2,
        "error: cannot write absent/specdrift.toml: No such file or directory",
    )


def test_config_show_names_the_effective_values(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Option over variable over default, each named."""
    monkeypatch.setenv("SPECDRIFT_TIMEOUT", "5s")
    out = command("config", "show", "--retries", "0").out
    assert 'timeout = "5s"  # SPECDRIFT_TIMEOUT' in out
    assert "retries = 0  # --retries" in out


def test_config_check_shows_every_mistake(command: Run, tmp_path: Path) -> None:
    """One line each, on stderr, exit 2."""
    (tmp_path / "specdrift.toml").write_text('fail-on = "eror"\n[battery]\nno-such-profile = "skip"\n')
    outcome = command("config", "check")
    assert (outcome.status, outcome.out) == (2, "")
    assert [line.split(": ")[:2] for line in outcome.err.splitlines()] == [
        ["error", "specdrift.toml:1"],
        ["error", "specdrift.toml:3"],
    ]


def test_config_check_accepts_a_valid_configuration(command: Run, tmp_path: Path) -> None:
    """Nothing on stdout, one line on stderr."""
    document = 'openapi: 3.1.0\ninfo: {title: a, version: "1"}\npaths: {/a: {get: {responses: {}}}}\n'
    (tmp_path / "openapi.yaml").write_text(document)
    (tmp_path / "specdrift.toml").write_text('spec = "openapi.yaml"\n')
    outcome = command("config", "check")
    assert (outcome.status, outcome.out) == (0, "")
    assert "can be used" in outcome.err


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_report_renders_a_saved_result(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """In another format, without network; the status is 0 whatever the result says."""
    saved = tmp_path / "result.json"
    saved.write_bytes(reports.render(factory.story(), "json"))
    if source == "stdin":
        with saved.open() as stream:
            monkeypatch.setattr("sys.stdin", stream)
            outcome = command("report", "-")
    else:
        outcome = command("report", str(saved))
    assert outcome.status == 0
    assert "mtls-not-enforced" in outcome.out


def test_report_writes_files(command: Run, tmp_path: Path) -> None:
    """-o decides the format by its ending."""
    (tmp_path / "result.json").write_bytes(reports.render(factory.story(), "json"))
    assert command("report", "result.json", "-o", "r.html").status == 0
    assert "<html" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "give either a RESULT or --rejudge FILE"),
        (("a.json", "--rejudge", "b"), "give either a RESULT or --rejudge FILE"),
        (("absent.json",), "cannot read absent.json: No such file or directory"),
        (("broken.json",), "broken.json: this is no specdrift result"),
    ],
)
def test_report_names_a_file_that_it_cannot_read(
    command: Run, tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    """Usage errors, exit 2."""
    (tmp_path / "broken.json").write_text("{")
    outcome = command("report", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert problem in outcome.err


def test_rejudging_has_the_judgements_status(command: Run, engine: Engine, tmp_path: Path) -> None:
    """A recording that shows drift exits 1, like the check would have."""
    (tmp_path / "observations.jsonl").write_text("recording")
    outcome = command("report", "--rejudge", "observations.jsonl", "--format", "json")
    assert outcome.status == 1
    assert json.loads(outcome.out)["exit_status"] == 1
    assert engine.seen == []


def test_lint_is_a_result_too(command: Run, engine: Engine) -> None:
    """The same schema and the same statuses as check, without a target."""
    outcome = command("lint", "openapi.yaml", "--format", "json")
    assert outcome.status == 1
    assert json.loads(outcome.out)["exit_status"] == 1
    assert engine.seen[0].spec == "openapi.yaml"
    assert command("lint", "openapi.yaml", "--exit-zero").status == 0


def test_plan_lists_probes_with_identity_and_check(command: Run, engine: Engine) -> None:
    """The costs, with -v a line for each probe, or JSON; nothing is sent."""
    outcome = command("plan", "openapi.yaml", "https://localhost:8443")
    probes = [record.probe for record in engine.result.probes]
    assert outcome.status == 0
    assert [line.split() for line in outcome.out.splitlines()] == [
        ["check", "probes", "requests", "connections", "time"],
        f"total {len(probes)} 1,234 7 to 900 2 s to 2 min".split(),
    ]
    assert f"-v lists each of {len(probes)} probes" in outcome.err
    assert "nothing was sent" in outcome.err
    assert f"at most {3 * len(probes)} requests more with other bodies" in " ".join(outcome.err.split())
    verbose = command("plan", "openapi.yaml", "https://localhost:8443", "-v").out.splitlines()
    assert verbose[:2] == outcome.out.splitlines()
    assert len(verbose) == len(probes) + 3
    assert "round trip of 10 ms" in outcome.err
    listed = json.loads(command("plan", "openapi.yaml", "https://localhost:8443", "--format", "json").out)
    assert [entry["id"] for entry in listed["probes"]] == [probe.id for probe in probes]
    assert listed["costs"]["total"]["probes"] == len(probes)
    assert listed["costs"]["total"]["requests"] == 1234
    assert listed["costs"]["total"]["seconds"] == 2.4


def test_a_long_request_does_not_push_all_others_off_the_screen(command: Run, engine: Engine) -> None:
    """Some are as long as a server may just bear, and some have characters that a terminal obeys."""
    record = next(record for record in engine.result.probes if record.probe.request)
    assert record.probe.request is not None
    long = replace(record.probe.request, target=f"/\x1b[2J{'x' * 9000}")
    others = engine.result.probes[:3]
    engine.result = replace(
        engine.result, probes=(*others, replace(record, probe=replace(record.probe, request=long)))
    )
    lines = command("plan", "openapi.yaml", "https://localhost:8443", "-v").out.splitlines()[3:]
    assert max(map(len, lines)) < 300
    assert "/\\x1b[2Jxxx" in lines[3]
    assert all(len(line) - len(record.probe.why) < 100 for line in lines[:3])


def test_plan_shows_no_key(command: Run, engine: Engine) -> None:
    """One in the query is seen in the request target."""
    record = next(record for record in engine.result.probes if record.probe.request)
    assert record.probe.request is not None
    request = replace(record.probe.request, target="/items?key=s3cr3t-value&page=1")
    engine.result = replace(
        engine.result, probes=(replace(record, probe=replace(record.probe, request=request)),)
    )
    for form in ("text", "json"):
        out = command("plan", "openapi.yaml", "https://localhost:8443", "-v", "--format", form).out
        assert "/items?key=[redacted]&page=1" in out
        assert "s3cr3t" not in out


SILENT = 'openapi: 3.0.3\ninfo: {title: T, version: "1"}\npaths: {/a: {get: {responses: {}}}}\n'


OVERLAY = """
overlay: 1.0.0
info: {title: Certificates, version: "1"}
actions:
  - target: $
    update: {security: [{mtls: []}], components: {securitySchemes: {mtls: {type: mutualTLS}}}}
"""


def test_an_overlay_is_an_option_and_a_key(command: Run, tmp_path: Path) -> None:
    """Relative to the working folder, and to the configuration."""
    (tmp_path / "openapi.yaml").write_text(SILENT)
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "certificates.yaml").write_text(OVERLAY)
    outcome = command("lint", "openapi.yaml", "--overlay", "api/certificates.yaml")
    assert (outcome.status, "api/certificates.yaml:6" in outcome.out) == (0, True)
    (tmp_path / "api" / "specdrift.toml").write_text('[loader]\noverlays = "certificates.yaml"\n')
    outcome = command("lint", "openapi.yaml", "--config", "api/specdrift.toml")
    assert (outcome.status, "api/certificates.yaml:6" in outcome.out) == (0, True)
    outcome = command("lint", "openapi.yaml", "--overlay", "missing.yaml")
    assert (outcome.status, "missing.yaml" in outcome.out) == (2, True)


def test_a_document_without_any_certificate_is_no_pass(command: Run, tmp_path: Path) -> None:
    """It says so, and how to require one; with that line the same document is judged."""
    (tmp_path / "openapi.yaml").write_text(SILENT)
    outcome = command("lint", "openapi.yaml")
    flat = " ".join(outcome.out.split())
    assert outcome.status == 3
    assert flat.startswith("? NOT JUDGED openapi.yaml requires a client certificate for no operation")
    assert '[contract] require = "mutualTLS"' in flat
    result = reports.read(command("lint", "openapi.yaml", "--format", "json").out.encode())
    assert result.problem is not None
    assert result.problem.kind is ProblemKind.NO_REQUIREMENT
    (tmp_path / "specdrift.toml").write_text('[contract]\nrequire = "mutualTLS"\n')
    outcome = command("lint", "openapi.yaml")
    assert (outcome.status, outcome.out.split("  ")[0]) == (0, "○ NO FINDINGS")
    assert "specdrift.toml:2" in outcome.out
