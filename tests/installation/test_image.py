"""The image: a linter that knows Dockerfiles, and its steps on this machine."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.ci.linters import hadolint
from tests.installation import image
from tests.installation.test_locks_install import require_index
from tests.packaging.tree import ROOT, tracked_files

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = ROOT / "Dockerfile"
STEPS = image.instructions(DOCKERFILE)


def test_hadolint_finds_nothing() -> None:
    """With every rule, those of style too."""
    done = subprocess.run(
        [hadolint(), "--failure-threshold", "style", str(DOCKERFILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_base_is_a_digest_and_every_stage_has_it() -> None:
    """A tag can be moved."""
    texts = {name: [step.text for step in STEPS if step.name == name] for name in ("ARG", "FROM", "USER")}
    (base,) = texts["ARG"]
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base)
    assert {text.split()[0] for text in texts["FROM"]} == {"${BASE}"}
    assert texts["USER"] == ["65532:65532"]


def test_the_build_is_sent_only_what_it_copies() -> None:
    """Keys and histories of a checkout stay out of the layers and out of the builder."""
    copied = {
        path.rstrip("/")
        for step in STEPS
        if step.name == "COPY" and not step.text.startswith("--from=")
        for path in step.text.split()[:-1]
    }
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("#", "")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied
    names = {path.relative_to(ROOT).as_posix() for path in tracked_files()}
    assert all(any(name == path or name.startswith(f"{path}/") for name in names) for path in copied)


CALLS = {
    "--version": (0, "specdrift "),
    "demo --output /tmp/demo": (0, "found each of 6 planted drifts, and nothing else"),
    "demo": (2, "Read-only file system"),
}
"""What the image is called with, its exit status, and words of its output."""


@pytest.mark.slow
def test_its_steps_make_an_image_for_any_user_and_a_root_that_cannot_be_written(tmp_path: Path) -> None:
    """Without a home, an entry in /etc/passwd, or a right. Some 30 s: pip."""
    if lack := image.missing():
        pytest.skip(lack)
    require_index()
    command = ["unshare", "--mount", "sh", "-c", image.script(STEPS, calls=list(CALLS)), "sh", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    outputs = re.split(r"ended: (\d+)\n", done.stdout)
    assert len(outputs) == 2 * len(CALLS) + 1, done.stdout + done.stderr
    ended = dict(zip(CALLS, zip(map(int, outputs[1::2]), outputs[::2], strict=False), strict=True))
    for words, (status, said) in CALLS.items():
        assert ended[words][0] == status, ended[words]
        assert said in ended[words][1], ended[words]
