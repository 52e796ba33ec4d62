"""Libraries read no file of the working folder by themselves: it may be a foreign checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from specdrift.loader.values.generator import installed

pytestmark = pytest.mark.slow

HOOKS = 'hooks = "evil"\n'
EVIL = "open('command-was-run', 'w').close()\n"
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "components": {"securitySchemes": {"mtls": {"type": "mutualTLS"}}},
    "security": [{"mtls": []}],
    "paths": {
        "/a": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"type": "object", "required": ["n"]}}},
                },
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
}
RECORDING = """
import os, sys
opened = []
def hook(event, arguments):
    # Names that os.open gets may be relative to a descriptor.
    if event == "open" and isinstance(arguments[0], str) and isinstance(arguments[1], str):
        opened.append(os.path.relpath(arguments[0]))
sys.addaudithook(hook)
from specdrift.cli.main import run
run(sys.argv[1:])
sys.stdout = sys.stderr
import json
print("\\nOPENED", json.dumps(sorted({name for name in opened if not name.startswith("..")})))
"""
READ = {"openapi.json", "pyproject.toml", "specdrift.toml", ".git", "<unknown>"}
"""What specdrift itself looks for in the working folder, and the name of code without a file."""


@pytest.mark.skipif(not installed(), reason="the extra `bodies` is not installed")
@pytest.mark.parametrize(
    "arguments",
    [
        ("lint", "openapi.json"),
        ("plan", "openapi.json", "https://127.0.0.1:1", "--unsafe-methods", "send"),
        ("check", "openapi.json", "https://127.0.0.1:1", "--unsafe-methods", "send", "--retries", "0"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_only_named_files_are_read(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Schemathesis, which makes up bodies, would take hooks from a schemathesis.toml, and run them."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "schemathesis.toml").write_text(HOOKS)
    (tmp_path / "evil.py").write_text(EVIL)
    done = subprocess.run(
        [sys.executable, "-P", "-c", RECORDING, *arguments, "--no-trust-config"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(tmp_path.parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "OPENED" in done.stderr, done.stderr
    assert set(json.loads(done.stderr.partition("OPENED ")[2])) <= READ
    assert not (tmp_path / "command-was-run").exists()
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        ".git",
        "evil.py",
        "openapi.json",
        "schemathesis.toml",
    ]
