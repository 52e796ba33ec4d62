"""A disk that is full while a file is written: the old file stays, and a line names the file."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.whole_file import write_whole

ROOT = Path(__file__).parents[2]
ENGINE = "tests.cli.engine"
CHECK = ("check", "openapi.yaml", "https://localhost:8443", "-q")
OLD = "the old report\n"


def limited(module: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a module that can write no file longer than a few kilobytes: that fails as a full disk does."""
    return subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 4; exec "$@"', "sh", sys.executable, "-m", module, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "html"])
def test_the_old_report_stays(tmp_path: Path, form: str) -> None:
    """It is not cut off, and no partial file is left beside it."""
    (tmp_path / "report").write_text(OLD)
    found = limited(ENGINE, "drift", *CHECK, "--report", f"{form}=report", cwd=tmp_path)
    assert found.returncode == 2
    assert found.stderr.splitlines()[-1] == "error: cannot write report: File too large"
    assert (tmp_path / "report").read_text() == OLD
    assert [file.name for file in tmp_path.iterdir()] == ["report"]


@pytest.mark.slow
def test_a_recording_and_a_checkpoint_that_do_not_fit_are_errors(tmp_path: Path) -> None:
    """The result is written all the same; the earlier recording stays."""
    operations = ", ".join(
        f'"/{number}": {{"get": {{"responses": {{"200": {{"description": "{"x" * 300}"}}}}}}}}'
        for number in range(40)
    )
    security = '"components": {"securitySchemes": {"m": {"type": "mutualTLS"}}}, "security": [{"m": []}]'
    (tmp_path / "openapi.json").write_text(
        f'{{"openapi": "3.1.0", "info": {{"title": "t", "version": "1"}}, {security}, "paths": {{{operations}}}}}'
    )
    (tmp_path / "run.json").write_text(OLD)
    options = ("--record", "run.json", "--resume", "run.jsonl", "-o", "r.txt")
    found = limited("specdrift", "check", "openapi.json", "https://localhost:1", *options, cwd=tmp_path)
    assert found.returncode == 2
    assert "run.json: File too large" in found.stderr
    assert "internal error" not in found.stderr
    assert (tmp_path / "run.json").read_text() == OLD


def test_a_checkpoint_that_takes_nothing_more_ends_no_run(tmp_path: Path) -> None:
    """The line that did not fit is an error at the end; a header that does not fit is one at once."""
    from specdrift.scan.execution.checkpoint import Checkpoint

    class Full:
        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            raise OSError(28, "No space left on device")

    full = Checkpoint(
        path=tmp_path / "run.jsonl",
        run_id="1",
        started_at=None,  # type: ignore[arg-type]
        redactor=None,  # type: ignore[arg-type]
        file=Full(),  # type: ignore[arg-type]
    )
    with full:
        full.write({"listener": {}})
        full.write({"listener": {}})
    assert full.problem == f"cannot write {tmp_path}/run.jsonl: No space left on device"


def test_a_file_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    """Replacing is no reason to open it to others."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text(OLD)
    real.chmod(0o640)
    link.symlink_to(real)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    write_whole(real, b"private", private=True)
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link", "real"]


def test_a_pipe_is_written_in_place(tmp_path: Path) -> None:
    """`-o >(less)` names a descriptor."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"new")
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.slow
def test_a_redirected_stdout_is_written_in_place(tmp_path: Path) -> None:
    """/dev/stdout may be a file; renaming over it would lose what follows."""
    command = f"{sys.executable} -m {ENGINE} clean {' '.join(CHECK)} --report json=/dev/stdout > out; echo $?"
    subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=60,
        capture_output=True,
    )
    assert (tmp_path / "out").read_text().strip()
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_file_that_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is mounted by itself. Pieces can be made once only: what was written beside it is copied."""
    real = tmp_path / "real"
    real.write_text(OLD)

    def busy(self: Path, target: Path) -> Path:
        raise OSError(errno.EBUSY, f"{self} cannot replace {target}")

    monkeypatch.setattr(Path, "replace", busy)
    write_whole(real, iter([b"a" * (1 << 20), b"new"]))
    assert real.read_bytes() == b"a" * (1 << 20) + b"new"
    assert list(tmp_path.iterdir()) == [real]


def test_a_file_stays_if_its_pieces_fail(tmp_path: Path) -> None:
    """A report that cannot be made to its end replaces none."""
    real = tmp_path / "real"
    real.write_text(OLD)

    def pieces() -> Iterator[bytes]:
        yield b"new"
        raise UsageError("no more")

    with pytest.raises(UsageError, match="no more"):
        write_whole(real, pieces())
    assert real.read_text() == OLD
    assert list(tmp_path.iterdir()) == [real]
