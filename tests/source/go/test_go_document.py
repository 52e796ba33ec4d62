"""``specdrift routes`` on Go services, beside a document."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from specdrift.cli.main import cli
from specdrift.errors import ExitStatus
from tests.source.go.go_modules import CHECK, REQUIRED, module, program

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
components: {securitySchemes: {cert: {type: mutualTLS}}}
security: [{cert: []}]
paths:
  /items/{id}:
    get: {responses: {"200": {description: ok}}}
  /admin:
    post: {responses: {"200": {description: ok}}}
  /health:
    get: {security: [], responses: {"200": {description: ok}}}
"""
HEALTH = '\tmux.HandleFunc("GET /health", list)\n'
CORRECT = (
    "\tmux := http.NewServeMux()\n"
    '\tmux.Handle("GET /items/{id}", certificate(http.HandlerFunc(list)))\n'
    '\tmux.Handle("POST /admin", certificate(http.HandlerFunc(list)))\n' + HEALTH
)
GIN = """
func certificate(c *gin.Context) {
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {
		c.AbortWithStatus(http.StatusUnauthorized)
	}
}

func list(c *gin.Context) {}
"""


def result(folder: Path, code: str) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the result for a program."""
    module(folder, {"main.go": code, "openapi.yaml": DOCUMENT})
    arguments = ["routes", str(folder), f"--spec={folder / 'openapi.yaml'}", "--format=json", "-q"]
    outcome = CliRunner().invoke(cli, arguments, standalone_mode=False)
    status = outcome.return_value if isinstance(outcome.return_value, int) else outcome.exit_code
    return status, json.loads(outcome.stdout)


def drifts(of: dict[str, Any]) -> set[tuple[str, str]]:
    """Return rule and operation of each drift."""
    return {
        (
            drift["rule"],
            f"{drift['operation']['method']} {drift['operation']['path']}" if drift["operation"] else "",
        )
        for drift in of["drifts"]
    }


def test_a_correct_service_passes(tmp_path: Path) -> None:
    """All operations have their route, and their guard."""
    status, found = result(tmp_path, program(CORRECT))
    assert (status, drifts(found), found["undecided"]) == (ExitStatus.OK, set(), [])


def test_a_handshake_that_requires_a_certificate_needs_no_guard(tmp_path: Path) -> None:
    """Each listener of the service demands one, for the open operation as well."""
    body = CORRECT.replace("certificate(", "http.Handler(")
    serve = f'\tserver := &http.Server{{Handler: mux, TLSConfig: {REQUIRED}}}\n\tserver.ListenAndServeTLS("", "")\n'
    status, found = result(tmp_path, program(body, serve=serve))
    assert (status, drifts(found)) == (ExitStatus.OK, {("open-route-guarded", "GET /health")})


def test_a_handshake_that_is_not_known_leaves_operations_undecided(tmp_path: Path) -> None:
    """Neither accused nor passed."""
    body = CORRECT.replace("certificate(", "http.Handler(")
    serve = '\tserver := &http.Server{Handler: mux, TLSConfig: other.Config()}\n\tserver.ListenAndServeTLS("", "")\n'
    status, found = result(tmp_path, program(body, imports="example.org/other", serve=serve))
    assert (status, drifts(found)) == (ExitStatus.INCOMPLETE, set())
    assert len(found["undecided"]) == 2


def test_a_guard_added_after_a_route_of_gin_is_a_difference(tmp_path: Path) -> None:
    """It does not cover the routes before."""
    body = (
        '\tmux := gin.New()\n\tmux.GET("/health", list)\n\tmux.POST("/admin", list)\n'
        '\tmux.Use(certificate)\n\tmux.GET("/items/:id", list)\n'
    )
    code = program(body, GIN, imports="github.com/gin-gonic/gin")
    status, found = result(tmp_path, code)
    assert status == ExitStatus.DRIFT
    assert drifts(found) == {("route-not-guarded", "POST /admin")}


def test_a_guard_of_another_module_leaves_operations_undecided(tmp_path: Path) -> None:
    """Until it is listed."""
    body = CORRECT.replace("certificate(", "other.Guard(")
    status, found = result(tmp_path, program(body, imports="example.org/other"))
    assert (status, drifts(found)) == (ExitStatus.INCOMPLETE, set())
    (tmp_path / "specdrift.toml").write_text('[source]\nguards = ["other.Guard"]\n', encoding="utf-8")
    named = CliRunner().invoke(
        cli,
        [
            "routes",
            str(tmp_path),
            f"--spec={tmp_path / 'openapi.yaml'}",
            f"--config={tmp_path / 'specdrift.toml'}",
        ],
        standalone_mode=False,
    )
    assert named.return_value == ExitStatus.OK, named.output


def test_a_route_without_its_guard_and_one_that_no_document_has_are_differences(tmp_path: Path) -> None:
    """And a guard without ``return`` is one that checks nothing."""
    body = CORRECT.replace('"POST /admin", certificate', '"POST /admin", logged')
    body += '\tmux.HandleFunc("/debug", list)\n'
    logged = (
        CHECK.replace("func certificate", "func logged")
        .replace("\t\t\treturn\n", "")
        .partition("\nfunc list")[0]
    )
    status, found = result(tmp_path, program(body, CHECK + logged))
    assert status == ExitStatus.DRIFT
    assert drifts(found) == {
        ("route-not-guarded", "POST /admin"),
        ("guard-checks-nothing", ""),
        ("route-not-documented", "ANY /debug"),
    }


def test_a_module_without_routes_never_passes(tmp_path: Path) -> None:
    """Whatever the document demands."""
    status, found = result(tmp_path, "package main\n\nfunc main() {}\n")
    assert status == ExitStatus.INCOMPLETE
    assert len(found["undecided"]) == 2
