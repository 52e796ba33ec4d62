"""The steps of the Dockerfile, done by this machine: each stage is a root folder of its own above the machine's."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from msgspec import Struct

from tests.packaging.tree import ROOT

PYTHON = Path("/usr/bin/python3")
"""The system's: any user can run it."""

SETUP = f"""
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs none "$1"; cd "$1"
stage() {{
    mkdir -p "$1/upper" "$1/work" "$1/root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
    for name in proc dev; do mount --rbind "/$name" "$1/root/$name"; done
    for name in resolv.conf hosts; do cat "/etc/$name" > "$1/root/etc/$name"; done
    mount -t tmpfs none "$1/root/tmp"; chmod 1777 "$1/root/tmp"
    ln -sf {PYTHON} "$1/root/usr/local/bin/python"
    test ! -e "$1/root/opt/specdrift" -a ! -e "$1/root/src"
}}
"""
"""A stage in the folder $1: the machine, without its temporary files. Nothing of it outlives the namespace."""


class Instruction(Struct, frozen=True):
    """One instruction of a Dockerfile."""

    name: str
    text: str


def instructions(file: Path) -> list[Instruction]:
    """Read the instructions: comments and continued lines as Docker reads them."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    parts = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [Instruction(name, text.strip()) for name, text in parts]


def missing() -> str | None:
    """What this machine lacks to do the steps; None if nothing."""
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    mounting = (
        "mount -t tmpfs none /mnt && cd /mnt && mkdir u w r && "
        "mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w r"
    )
    trial = ["unshare", "--mount", "sh", "-c", mounting]
    if subprocess.run(trial, capture_output=True, check=False).returncode != 0:
        return "this user cannot mount a root folder"
    parts = [str(PYTHON), "-c", "import ensurepip, pip, venv"]
    if subprocess.run(parts, capture_output=True, check=False).returncode != 0:
        return f"{PYTHON} has no pip"
    return None


def script(steps: list[Instruction], *, calls: list[str]) -> str:
    """Return a shell script that does the steps, then calls the image with each list of words and writes the status."""
    lines, number, folder, environ, user = [SETUP], -1, "/", "", "0:0"
    for step in steps:
        root = f"stage{number}/root"
        match step.name:
            case "ARG" | "LABEL":
                pass
            case "FROM":
                number, folder, environ, user = number + 1, "/", "", "0:0"
                lines.append(f"stage stage{number}")
            case "WORKDIR":
                folder = step.text
                lines.append(f"mkdir -p {root}{folder}")
            case "ENV":
                environ = step.text
            case "USER":
                user = step.text
            case "COPY":
                lines += _copy(step.text, root=root, folder=folder)
            case "RUN":
                inner = f"cd {folder} && {step.text}"
                lines.append(f"chroot {root} env {environ} sh -c {shlex.quote(inner)}")
            case "ENTRYPOINT":
                entry = f"cd {folder} && exec {shlex.join(json.loads(step.text))}"
                lines += [f"mount -o remount,ro {root}", "unset HOME"]
                lines += [
                    f"chroot --userspec={user} --groups= {root} env {environ}"
                    f" setpriv --no-new-privs sh -c {shlex.quote(f'{entry} {words}')} 2>&1"
                    f' && echo "ended: 0" || echo "ended: $?"'
                    for words in calls
                ]
            case _:
                raise AssertionError(step)
    return "\n".join(lines)


def _copy(text: str, *, root: str, folder: str) -> list[str]:
    *sources, target = text.split()
    if sources[0].startswith("--from="):
        sources = [f"stage0/root{path}" for path in sources[1:]]
    else:
        sources = [f"{ROOT}/{path}" for path in sources]
    into = f"{root}{target if target.startswith('/') else f'{folder}/{target}'}"
    if target.endswith("/"):
        return [f"mkdir -p {into}", f"cp -a {' '.join(sources)} {into}"]
    return [f"cp -aT {source} {into}" for source in sources]
