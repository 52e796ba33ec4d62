"""Starts one product as its scripts say, and checks it with the real command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from tests.real.products import CACHE, Product
from tests.servers.pki import TestPki, make_pki
from tests.servers.process import ROOT, SYSTEM_PATH, Running, configured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNAVAILABLE = 69
"""EX_UNAVAILABLE of sysexits.h: the machine lacks what the script needs; its last line says what."""
PREPARATION_SECONDS = 900.0
"""A first preparation downloads packages."""


class NotHereError(Exception):
    """The product cannot run on this machine; the message says why."""


class Checked(Struct, frozen=True, kw_only=True):
    """What a check of a product reported, the product's version, and how long the check took in seconds."""

    version: str
    seconds: float
    result: dict[str, Any]


def lay_out(product: Product, work: Path) -> TestPki:
    """Copy the product's files to `work` (created), with fresh certificates in `work/certs`."""
    shutil.copytree(product.folder, work)
    return make_pki(work / "certs")


def prepare(product: Product, work: Path) -> str:
    """Fetch what the product needs, such as its document, and return its version.

    Raises NotHereError where the machine lacks something.
    """
    if missing := product.missing():
        raise NotHereError(missing)
    command = ["sh", "-eu", "prepare.sh"]
    done = subprocess.run(
        command,
        cwd=work,
        env=_environment(product),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PREPARATION_SECONDS,
        check=False,
    )
    lines = done.stdout.split("\n")
    if done.returncode == UNAVAILABLE:
        raise NotHereError(next((line for line in reversed(lines) if line), "prepare.sh gave no reason"))
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return lines[0].strip()


@contextmanager
def started(product: Product, work: Path, pki: TestPki) -> Iterator[Running]:
    """Run `start.sh` on a free port of 127.0.0.1 until the context ends."""
    variables = [f"{name}={value}" for name, value in _environment(product).items()]

    def configure(port: int) -> list[str]:
        return ["env", "-i", "-C", str(work), *variables, f"PORT={port}", "sh", "-eu", "start.sh"]

    with configured(configure, workdir=work, server_ca=pki.server_ca) as running:
        ready = work / "ready.sh"
        if ready.exists():
            environment = _environment(product) | {"PORT": str(urlsplit(running.base_url).port)}
            subprocess.run(["sh", "-eu", ready], cwd=work, env=environment, check=True, capture_output=True)
        yield running


def check(work: Path, running: Running, *, version: str) -> Checked:
    """Run `specdrift check` with the configuration in `work`; result.json and report.html stay in `work`."""
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, "-P", "-m", "specdrift", *arguments(work, running)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,  # drift is no failure here
    )
    seconds = time.monotonic() - begun
    result = json.loads((work / "result.json").read_bytes())
    return Checked(version=version, seconds=seconds, result=result)


def arguments(work: Path, running: Running) -> list[str]:
    """Return the command line of the check; the port is the only thing that the configuration does not say."""
    reports = [f"--report=json={work / 'result.json'}", f"--report=html={work / 'report.html'}"]
    return [
        "check",
        f"--config={work / 'specdrift.toml'}",
        f"--base-url={_base_url(work, running)}",
        *reports,
        "-q",
    ]


def _base_url(work: Path, running: Running) -> str:
    """Return the configured URL with the port at which the product runs."""
    configured_url: str = tomllib.loads((work / "specdrift.toml").read_text(encoding="utf-8"))["base-url"]
    port = urlsplit(running.base_url).port
    return urlsplit(configured_url)._replace(netloc=f"localhost:{port}").geturl()


def _environment(product: Product) -> dict[str, str]:
    """Return what the scripts may rely on: the machine's own settings of package tools, and a folder to keep things."""
    cache = CACHE / product.name
    cache.mkdir(parents=True, exist_ok=True)
    path = f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_PATH}"
    extra = {"PATH": path, "CACHE": str(cache), "CHECKOUT": str(ROOT), "PYTHON": sys.executable}
    return {**os.environ, **extra}
