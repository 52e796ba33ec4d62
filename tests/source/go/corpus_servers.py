"""Compiles the corpus of Go routers once, and asks them what they answer over mutual TLS."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from tests.servers.process import ROOT, SYSTEM_PATH

CORPUS = Path(__file__).parent / "corpus"
BUILD_LIMIT = 580.0
"""Seconds; the first build downloads gin and chi and compiles them."""
ASK_LIMIT = 120.0


class Question(NamedTuple):
    """A request to one of the routers."""

    router: str
    method: str
    path: str
    client: str
    """``anonymous``, or ``valid`` with a certificate."""


class CorpusAnswer(Struct, frozen=True):
    """What a router answered: each handler writes its name."""

    status: int
    body: str


def compiler() -> str | None:
    """Return the Go compiler, if one is installed."""
    return shutil.which("go") or shutil.which("go", path=SYSTEM_PATH)


@cache
def build() -> Path | None:
    """Return the compiled corpus; ``None`` if its modules cannot be downloaded: there may be no network."""
    files = sorted(one for one in CORPUS.rglob("*") if one.is_file())
    digest = hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()[:16]
    program = ROOT / "build" / "test-servers" / f"go-corpus-{digest}"
    program.parent.mkdir(parents=True, exist_ok=True)
    with (program.parent / "go-corpus.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers of the tests want the same
        if program.exists():
            return program
        command = [compiler() or "go", "build", "-buildvcs=false", "-mod=readonly", "-o", str(program), "."]
        environment = os.environ | {"GOTOOLCHAIN": "local"}
        done = subprocess.run(
            command,
            check=False,
            cwd=CORPUS,
            timeout=BUILD_LIMIT,
            env=environment,
            capture_output=True,
            text=True,
        )
    assert "cases/" not in done.stderr, done.stderr
    return program if done.returncode == 0 else None


def ask(program: Path, questions: Iterable[Question]) -> Mapping[Question, CorpusAnswer]:
    """Return what the running routers answer."""
    asked = list(dict.fromkeys(questions))
    lines = "".join("\t".join(question) + "\n" for question in asked)
    said = subprocess.run(
        [str(program)], input=lines, capture_output=True, text=True, timeout=ASK_LIMIT, check=True
    ).stdout
    found = {}
    for line in said.splitlines():
        router, method, path, client, status, body = line.split("\t")
        found[Question(router, method, path, client)] = CorpusAnswer(int(status), body)
    assert list(found) == asked
    return found
