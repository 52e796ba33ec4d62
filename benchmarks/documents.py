"""Large descriptions to measure with, made once and kept in ``build/benchmarks``."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml

CACHE = Path(__file__).resolve().parents[1] / "build" / "benchmarks"
REACHABLE, UNREACHABLE = 659, 2240
_WHOLE_SCHEMAS = 280


def github_json() -> Path | None:
    """GitHub's own description (13 MB), from the npm package ``@octokit/openapi``; ``None`` without npm."""
    file = CACHE / "github.json"
    if file.exists():
        return file
    if shutil.which("npm") is None:
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="specdrift-bench-") as scratch:
        command = [
            "npm",
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
            scratch,
            "@octokit/openapi",
        ]
        if subprocess.run(command, capture_output=True, check=False, timeout=300).returncode:
            return None
        package = Path(scratch) / "node_modules" / "@octokit" / "openapi"
        shutil.copy(package / "generated" / "api.github.com.json", file)
    return file


def github_yaml(source: Path) -> Path:
    """The same in YAML, cut to 3.5 MB: every path, the first 280 schemas; the others and all examples are stubs."""
    file = CACHE / "github.yaml"
    if not file.exists():
        document = json.loads(source.read_bytes())
        document.pop("x-webhooks", None)
        components = document["components"]
        schemas = components["schemas"].items()
        components["schemas"] = {
            name: schema if number < _WHOLE_SCHEMAS else {"type": "object"}
            for number, (name, schema) in enumerate(schemas)
        }
        components["examples"] = {name: {"value": {}} for name in components["examples"]}
        _write(file, document)
    return file


def many_files() -> Path:
    """A description of 2,900 files: 659 path items with an operation each, and schemas that need no reading."""
    folder = CACHE / "many-files"
    entry = folder / "openapi.yaml"
    if not entry.exists():
        for number in range(REACHABLE):
            _write(folder / "paths" / f"p{number}.yaml", {"get": _operation(number)})
        for number in range(UNREACHABLE):
            _write(folder / "schemas" / f"s{number}.yaml", _schema(number))
        _write(entry, _entry())
    return entry


def _entry() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Many files", "version": "1"},
        "security": [{"mtls": []}],
        "paths": {f"/v2/things{n}/{{id}}": {"$ref": f"paths/p{n}.yaml"} for n in range(REACHABLE)},
        "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
    }


def _operation(number: int) -> dict[str, Any]:
    schemas = [f"../schemas/s{(number * 3 + i) % UNREACHABLE}.yaml" for i in range(4)]
    return {
        "operationId": f"get_thing_{number}",
        "summary": f"Thing {number}",
        "description": "A text that is about as long as such texts are. " * 12,
        "tags": ["Things"],
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "responses": {
            str(200 + i): {"description": "ok", "content": {"application/json": {"schema": {"$ref": schema}}}}
            for i, schema in enumerate(schemas)
        },
    }


def _schema(number: int) -> dict[str, Any]:
    properties = {f"p{i}": {"type": "string", "description": "Text. " * 20} for i in range(20)}
    return {"type": "object", "title": f"Schema {number}", "properties": properties}


def _write(file: Path, value: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=100)
    file.write_text(text, encoding="utf-8")
