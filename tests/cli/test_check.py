"""`specdrift check`: which settings it hands over, what goes to which stream, and what its status says."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift.model.policy import FailOn, UnsafeMethods
from specdrift.model.result.problem import StopReason
from specdrift.settings import ReportTarget, Resolve
from tests.cli.conftest import Run, installed
from tests.cli.engine import Engine
from tests.reports import factory

TARGET = ("openapi.yaml", "https://localhost:8443")


@pytest.mark.parametrize(
    ("kind", "options", "status"),
    [
        ("clean", (), 0),
        ("drift", (), 1),
        ("drift", ("--exit-zero",), 0),
        ("incomplete", (), 3),
        ("incomplete", ("--exit-zero",), 0),
    ],
)
def test_the_status_is_the_results(
    command: Run, monkeypatch: pytest.MonkeyPatch, kind: str, options: tuple[str, ...], status: int
) -> None:
    """0, 1 and 3 come from the result; --exit-zero forgives them."""
    installed(Engine(kind), monkeypatch)
    assert command("check", *TARGET, *options).status == status


def test_exit_zero_forgives_no_interruption(command: Run, engine: Engine) -> None:
    """A run that was stopped is never a success."""
    engine.result = replace(engine.result, stop_reason=StopReason.INTERRUPTED)
    engine.scan = _ending_with(engine)  # type: ignore[method-assign]
    assert command("check", *TARGET, "--exit-zero").status == 130


def _ending_with(engine: Engine):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from specdrift.events import ScanFinished

    async def scan(_: object):  # type: ignore[no-untyped-def]  # noqa: ANN202
        yield ScanFinished(result=engine.result)

    return scan


def test_every_option_reaches_the_settings(command: Run, engine: Engine, tmp_path: Path) -> None:
    """Options of the command line reach the engine."""
    command(
        "check",
        *TARGET,
        *("--cacert", "ca.pem", "--cert", "a.pem", "--key", "a.key", "--key-pass-file", "a.pass"),
        *("--identity", "bob=b.pem,b.key,role=admin"),
        *("--include-path", "/a", "--include-path", "/b,c", "--exclude-tag", "internal"),
        *("--include-method", "get", "--include-operation-id", "x"),
        *("--unsafe-methods", "never", "--checks", "certificate,undocumented", "--fail-on", "note"),
        *("--allow-incomplete", "--concurrency", "3", "--rate-limit", "5/s", "--timeout", "2s"),
        *("--overall-timeout", "1m", "--retries", "0", "--max-requests", "50"),
        *("--resolve", "localhost:8443:127.0.0.1", "--insecure", "--ref-root", "..", "--include-logout"),
        *("--record", "observations.jsonl", "--report", "json=out/r.json"),
    )
    (settings,) = engine.seen
    default, bob = settings.identities
    assert (settings.spec, settings.base_url) == TARGET
    assert settings.server.ca_file == tmp_path / "ca.pem"
    assert settings.server.insecure
    assert (default.name, default.cert_file, default.key_file) == (
        "default",
        tmp_path / "a.pem",
        tmp_path / "a.key",
    )
    assert default.key_pass_file == tmp_path / "a.pass"
    assert (bob.name, list(bob.roles)) == ("bob", ["admin"])
    assert settings.selection.include.paths == ("/a", "/b,c")
    assert settings.selection.include.methods == ("GET",)
    assert settings.selection.include.operation_ids == ("x",)
    assert settings.selection.exclude.tags == ("internal",)
    assert settings.selection.unsafe_methods is UnsafeMethods.NEVER
    assert settings.checks.only == ("certificate", "undocumented")
    assert (settings.gate.fail_on, settings.gate.allow_incomplete) == (FailOn.NOTE, True)
    assert settings.selection.include_logout
    network = settings.network
    assert (network.concurrency, network.retries, network.max_requests) == (3, 0, 50)
    assert (network.rate_limit, network.timeout, network.overall_timeout) == (5.0, 2.0, 60.0)
    assert network.resolve == (Resolve(host="localhost", port=8443, address="127.0.0.1"),)
    assert settings.loader.ref_root == tmp_path / ".."
    assert settings.recording.record == tmp_path / "observations.jsonl"
    assert settings.reports == (ReportTarget(format="json", path="out/r.json"),)
    assert settings.origins["network.timeout"] == "--timeout"
    assert settings.origins["base-url"] == "BASE_URL"
    assert settings.origins["spec"] == "SPEC"


@pytest.mark.parametrize("name", ["--exhaustive", "--thorough"])
def test_both_names_of_the_option_probe_everything(engine: Engine, command: Run, name: str) -> None:
    """One is a synonym."""
    command("check", *TARGET, name)
    assert [settings.checks.exhaustive for settings in engine.seen] == [True]


def test_two_different_targets_are_a_mistake(command: Run, engine: Engine) -> None:
    """BASE_URL and --base-url may agree; they must not differ."""
    assert command("check", *TARGET, "--base-url", TARGET[1]).status == 1
    outcome = command("check", *TARGET, "--base-url", "https://other")
    assert outcome.status == 2
    assert "BASE_URL and --base-url differ" in outcome.err
    assert len(engine.seen) == 1


def test_the_result_is_on_stdout_and_all_else_on_stderr(command: Run, engine: Engine) -> None:
    """So that stdout can be piped: progress and warnings are elsewhere."""
    outcome = command("check", *TARGET, "--format", "json")
    assert json.loads(outcome.out)["tool"]["name"] == "specdrift"
    assert "probing: 50 % (50 of 100" in outcome.err
    assert "warning: mind the step" in outcome.err
    assert engine.seen


def test_progress_is_a_line_for_each_tenth(command: Run, engine: Engine) -> None:
    """Without a terminal nothing redraws itself; a small phase has one line."""
    lines = [line for line in command("check", *TARGET).err.splitlines() if line.startswith("probing")]
    assert [line.split()[1] for line in lines] == [str(share) for share in range(10, 101, 10)]
    engine.probes = 7
    lines = [line for line in command("check", *TARGET).err.splitlines() if line.startswith("probing")]
    assert [line.split(",")[0].removesuffix(")") for line in lines] == ["probing: 100 % (7 of 7"]


def test_quiet_leaves_warnings_only(command: Run, engine: Engine) -> None:
    """-q takes progress and hints away, never a warning and never the result."""
    outcome = command("check", *TARGET, "-q", "--report", "json=r.json")
    assert outcome.err == "warning: mind the step\n"
    assert "mtls-not-enforced" in outcome.out
    assert engine.seen


def test_verbose_shows_every_probe(command: Run, engine: Engine) -> None:
    """-v: who asked for what, and what came back."""
    engine.probes = 3
    lines = [line for line in command("check", *TARGET, "-v").err.splitlines() if " -> " in line]
    assert len(lines) == 3
    probe = engine.result.probes[0].probe
    assert lines[0].startswith(f"{probe.identity}: ")


def test_insecure_is_loud(command: Run, engine: Engine) -> None:
    """Also with -q: it must be visible that the server was not verified."""
    outcome = command("check", *TARGET, "-q", "--insecure")
    assert "warning: --insecure: the server's certificate is NOT verified" in outcome.err
    assert engine.seen


@pytest.mark.slow
def test_reports_are_written_beside_the_table(command: Run, engine: Engine, tmp_path: Path) -> None:
    """Each --report makes its folder and its file; the table still goes to stdout."""
    outcome = command("check", *TARGET, "--report", "json=out/deep/r.json", "--report", "html=out/r.html")
    assert json.loads((tmp_path / "out/deep/r.json").read_text())["exit_status"] == 1
    assert "<html" in (tmp_path / "out/r.html").read_text()
    assert "json report: out/deep/r.json" in outcome.err
    assert "mtls-not-enforced" in outcome.out
    assert engine.seen


@pytest.mark.parametrize(
    ("options", "starts"),
    [
        (("-o", "r.json"), "{"),
        (("-o", "r.html"), "<!doctype html"),
        (("-o", "r.out", "--format", "json"), "{"),
    ],
)
def test_the_output_file_decides_the_format(
    command: Run, engine: Engine, tmp_path: Path, options: tuple[str, ...], starts: str
) -> None:
    """-o takes the place of stdout; its ending says what is wanted, --format says it louder."""
    outcome = command("check", *TARGET, *options)
    assert outcome.out == ""
    assert (tmp_path / options[1]).read_text().lower().startswith(starts)
    assert engine.seen


def test_a_report_on_stdout_takes_the_tables_place(command: Run, engine: Engine) -> None:
    """`--report json=-` is nothing but JSON on stdout."""
    assert json.loads(command("check", *TARGET, "--report", "json=-").out)["exit_status"] == 1
    assert engine.seen


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--format", "jsn"), 'there is no report format "jsn". Did you mean "json"?'),
        (("-o", "no-folder-but-a-file/r.json"), "cannot write no-folder-but-a-file/r.json"),
        (("--report", "html=folder"), "cannot write folder"),
        (("--record", "no-folder-but-a-file/r.jsonl"), "no-folder-but-a-file/r.jsonl"),
        (("--timeout", "10"), "--timeout: network.timeout: expected a number and a unit"),
        (("--config", "absent.toml"), "absent.toml: No such file"),
    ],
)
def test_unusable_files_are_reported_before_anything_is_sent(
    command: Run, engine: Engine, tmp_path: Path, options: tuple[str, ...], problem: str
) -> None:
    """A typing error does not cost a whole run."""
    (tmp_path / "no-folder-but-a-file").touch()
    (tmp_path / "folder").mkdir()
    outcome = command("check", *TARGET, *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert problem in outcome.err
    assert engine.seen == []


def test_the_file_alone_is_enough(command: Run, engine: Engine, tmp_path: Path) -> None:
    """`specdrift check` without arguments takes everything from specdrift.toml."""
    (tmp_path / "specdrift.toml").write_text(
        'spec = "api.yaml"\nbase-url = "https://x"\n[reports]\njson = "r.json"\n'
    )
    assert command("check").status == 1
    assert engine.seen[0].spec == "api.yaml"
    assert (tmp_path / "r.json").exists()


@pytest.mark.parametrize(
    ("options", "environ", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_follows_option_and_variables(
    command: Run,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    environ: dict[str, str],
    coloured: bool,  # noqa: FBT001 - a table's column
) -> None:
    """The option wins; NO_COLOR beats FORCE_COLOR; a pipe has no colour by itself."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    outcome = command("check", *TARGET, *options)
    assert ("\x1b[" in outcome.out) is coloured
    assert ("\x1b[" in outcome.err) is coloured
    assert engine.seen


def test_a_file_is_never_coloured(command: Run, engine: Engine, tmp_path: Path) -> None:
    """Escape sequences are for terminals, also with --color always."""
    command("check", *TARGET, "--color", "always", "-o", "r.txt")
    assert "\x1b[" not in (tmp_path / "r.txt").read_text()
    assert engine.seen


def test_a_clean_result_equals_that_of_the_factory() -> None:
    """The made-up results have the statuses that these tests lean on."""
    statuses = [make().exit_status for make in (factory.consistent, factory.story, factory.incomplete)]
    assert statuses == [0, 1, 3]


@pytest.mark.slow
def test_a_plan_shows_each_body(command: Run) -> None:
    """Once for each operation, whole; and names what is not sent since it looks destructive."""
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"const": "x" * 1500}}}
    body = {"content": {"application/json": {"schema": schema}}}
    framing = {"name": "Transfer-Encoding", "in": "header", "required": True, "example": "chunked"}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
        "security": [{"mtls": []}],
        "paths": {
            "/cluster": {"post": {"requestBody": body, "parameters": [framing]}},
            "/cluster/reset": {"post": {}},
        },
    }
    Path("api.json").write_text(json.dumps(document))
    plan = ("plan", "api.json", "https://localhost:1", "--unsafe-methods", "send", "-v")
    outcome = command(*plan)
    assert outcome.out.count(f'POST /cluster  {{"name":"{"x" * 1500}"}}') == 1
    assert "POST localhost:1/cluster/reset" not in outcome.out
    assert "(--allow-destructive sends them): POST /cluster/reset" in outcome.err
    assert "frame or route a request are not sent: Transfer-Encoding" in outcome.err
    assert "POST localhost:1/cluster/reset" in command(*plan, "--allow-destructive").out
    found = json.loads(command(*plan, "--format", "json").out)["probes"]
    bodies = {probe["request"].get("body") for probe in found if probe["request"]}
    assert f'{{"name":"{"x" * 1500}"}}' in bodies
