"""Small crates for tests, which are only read."""

from collections.abc import Mapping
from pathlib import Path

from specdrift.model.result.source import SourceFinding, SourceRoute
from specdrift.source import SourceAnalysis, SourceQuery, read

MANIFEST = '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\naxum = "0.8"\n'


def crate(folder: Path, files: Mapping[str, str] | str) -> Path:
    """A crate with these files; a text alone is its ``src/main.rs``."""
    named = {"src/main.rs": files} if isinstance(files, str) else files
    for name, text in {"Cargo.toml": MANIFEST, **named}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def reading(folder: Path, files: Mapping[str, str] | str, **question: object) -> SourceAnalysis:
    """What is read of a crate with these files."""
    return read(SourceQuery(folder=crate(folder, files), **question))  # type: ignore[arg-type]


def served(body: str, more: str = "") -> str:
    """A program that serves the router that ``body`` is; it uses the ``fn tls()`` that may be among the rest."""
    tls = "    let tls = tls();\n" if "fn tls()" in more else ""
    return (
        "use axum::{Router, Extension, Json};\nuse axum::extract::*;\nuse axum::middleware::*;\n"
        "use axum::routing::*;\n\n"
        f"#[tokio::main]\nasync fn main() {{\n    let app = {body};\n{tls}"
        "    axum::serve(listener, app).await.unwrap();\n}\n"
        f"{more}"
    )


def rules(found: SourceAnalysis) -> list[tuple[str, int]]:
    """The rules of all findings, each with its line."""
    return [(finding.rule, finding.location.line) for finding in found.findings]


def only(found: SourceAnalysis, rule: str) -> SourceFinding:
    """The one finding of a rule."""
    (finding,) = (finding for finding in found.findings if finding.rule == rule)
    return finding


def table(found: SourceAnalysis) -> list[tuple[str, str, str, str]]:
    """Methods, path, handler and guard of each route."""
    return [_row(route) for route in found.view.routes]


def _row(route: SourceRoute) -> tuple[str, str, str, str]:
    return ",".join(route.methods), route.path, route.handler, route.guard.value
