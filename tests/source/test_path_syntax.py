"""Paths by the version of axum: ``{id}`` is a parameter since 0.8, and ``:id`` was one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.offline.routes import routes
from specdrift.settings import Settings
from tests.source.crates import MANIFEST, crate, served

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = """
openapi: 3.1.0
info: { title: Test, version: "1" }
paths:
  /orders/{id}: { get: { security: [], responses: { "200": { description: ok } } } }
  /files/a/b: { get: { security: [], responses: { "200": { description: ok } } } }
"""
HANDLER = "async fn order() {}\n"
OLD = '.route("/orders/:id", get(order)).route("/files/*rest", get(order))'
NEW = '.route("/orders/{id}", get(order)).route("/files/{*rest}", get(order))'
VERSIONS = {
    "0.6": ('axum = "0.6"', OLD, True),
    "0.7": ('axum = "0.7.5"', OLD, True),
    "0.8": ('axum = "0.8"', NEW, True),
    "braces in 0.6": ('axum = "^0.6"', NEW, False),
    "braces in 0.7": ('axum = "0.7"', NEW, False),
    "braces in 0.7 with features": ('axum = { version = "=0.7.5", features = ["macros"] }', NEW, False),
    "braces in a version that is not known": ('axum = "*"', NEW, True),
    "braces of utoipa-axum": ('axum = "0.7"\nutoipa-axum = "0.1"', NEW, True),
}


@pytest.mark.parametrize(("dependency", "router", "matches"), VERSIONS.values(), ids=VERSIONS)
def test_the_version_of_axum_decides_what_a_parameter_is(
    tmp_path: Path,
    dependency: str,
    router: str,
    matches: bool,  # noqa: FBT001
) -> None:
    """An operation was called consistent that answers 404: its route has the braces in its path."""
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    manifest = MANIFEST.replace('axum = "0.8"', dependency)
    files = {"Cargo.toml": manifest, "src/main.rs": served(f"Router::new(){router}", HANDLER)}
    result = routes(Settings(spec=str(tmp_path / "openapi.yaml")), (crate(tmp_path / "service", files),))
    missing = [drift for drift in result.drifts if drift.rule == "documented-route-missing"]
    assert [str(drift.operation) for drift in missing] == ([] if matches else ["GET /orders/{id}"])
    assert all("takes the braces literally" in drift.message for drift in missing)
