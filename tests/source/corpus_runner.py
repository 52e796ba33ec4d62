"""Compiles the corpus of routers against the real axum, once, and asks them what they answer."""

from __future__ import annotations

import fcntl
import json
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from tests.lab.axum_lab import cargo_available

CORPUS = Path(__file__).parent / "corpus"
BUILD = Path(__file__).parents[2] / "build" / "source-corpus"
"""Where it is compiled, together with programs that tests make up; git does not see it."""
BUILD_LIMIT = 900.0
"""Seconds for `cargo build`; the first one compiles three versions of axum."""
ASK_LIMIT = 120.0

Question = tuple[str, str, str]
"""Module, method, path."""


class Answer(Struct, frozen=True):
    """``handler`` is the body: each handler says its name. ``layers`` left their names, the outermost first."""

    status: int
    handler: str
    layers: tuple[str, ...]


def crate(generated: str) -> Path:
    """A copy of the corpus, with programs in place of ``generated.rs``; what is there already is left alone."""
    folder = BUILD / "crate"
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers of the tests want the same
        for file in (*CORPUS.glob("*.toml"), *CORPUS.rglob("*.rs")):
            own = file.name == "generated.rs"
            _write(folder / file.relative_to(CORPUS), generated if own else file.read_text(encoding="utf-8"))
    return folder


def _write(file: Path, text: str) -> None:
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@cache
def build(generated: str) -> Path:
    """The compiled corpus. Raises AssertionError with what cargo says where it does not compile."""
    assert cargo_available()
    command = [
        "cargo",
        "build",
        "--message-format=json-render-diagnostics",
        "--target-dir",
        str(BUILD / "target"),
    ]
    built = subprocess.run(
        command, cwd=crate(generated), capture_output=True, text=True, timeout=BUILD_LIMIT, check=False
    )
    assert built.returncode == 0, built.stderr
    messages = (json.loads(line) for line in built.stdout.splitlines() if line.startswith("{"))
    executable = next((message["executable"] for message in messages if message.get("executable")), None)
    assert executable, built.stderr
    return Path(executable)


def ask(executable: Path, questions: Iterable[Question]) -> Mapping[Question, Answer]:
    """What the running routers answer."""
    asked = list(dict.fromkeys(questions))
    lines = "".join("\t".join(question) + "\n" for question in asked)
    said = subprocess.run(
        [str(executable)], input=lines, capture_output=True, text=True, timeout=ASK_LIMIT, check=True
    ).stdout
    found = {}
    for line in said.splitlines():
        module, method, path, status, handler, layers = line.split("\t")
        found[module, method, path] = Answer(int(status), handler, tuple(layers.split(",")) if layers else ())
    assert list(found) == asked
    return found
