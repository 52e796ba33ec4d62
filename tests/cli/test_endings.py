"""How a process ends: crashes, Ctrl-C, closed pipes. Real processes, real signals."""

import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import finished, start

pytestmark = pytest.mark.slow

ENGINE = "tests.cli.engine"
CHECK = ("check", "openapi.yaml", "https://localhost:8443")


def _wait_for(process: "subprocess.Popen[bytes]", text: bytes) -> None:
    """Read stderr until it has said ``text``."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    pytest.fail(f"the process ended without saying {text!r}")


def test_a_crash_is_never_drift(tmp_path: Path) -> None:
    """Exit 4, a short message, and the details in a file that only its owner can read."""
    outcome = finished(start("broken", *CHECK, module=ENGINE, cwd=tmp_path))
    assert (outcome.status, outcome.out) == (4, "")
    found = re.search(r"internal error: ZeroDivisionError: a bug; details in (\S+)", outcome.err)
    assert found is not None
    details = Path(found[1])
    text = details.read_text()
    mode = details.stat().st_mode
    details.unlink()
    assert "Traceback" in text
    assert "check openapi.yaml" in text
    assert stat.S_IMODE(mode) == 0o600
    assert "Traceback" not in outcome.err


def test_a_crash_without_a_disk_is_still_no_drift(tmp_path: Path) -> None:
    """Where no file can be written, the details are on stderr."""
    lines = (
        "import sys, tempfile",
        "from tests.cli.engine import Engine, install, run",
        "tempfile.tempdir = 'absent'",
        "install(Engine('broken'))",
        f"sys.exit(run({list(CHECK)!r}))",
    )
    (tmp_path / "script.py").write_text("\n".join(lines))
    outcome = finished(start(module="script", cwd=tmp_path))
    assert outcome.status == 4
    assert "ZeroDivisionError: a bug; details:" in outcome.err
    assert "Traceback" in outcome.err


def test_a_scan_without_a_result_is_a_crash(tmp_path: Path) -> None:
    """Silence is not success."""
    outcome = finished(start("silent", *CHECK, module=ENGINE, cwd=tmp_path))
    assert outcome.status == 4
    Path(outcome.err.split("details in ")[1].split()[0]).unlink()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_writes_the_result(tmp_path: Path, number: signal.Signals) -> None:
    """Exit 130, with the table on stdout and every report in its file."""
    process = start("slow", *CHECK, "--report", "json=r.json", module=ENGINE, cwd=tmp_path)
    _wait_for(process, b"50 %")
    process.send_signal(number)
    outcome = finished(process)
    assert outcome.status == 130
    assert "mtls-not-enforced" in outcome.out
    assert json.loads((tmp_path / "r.json").read_text())["interrupted"] is True


def test_the_second_ctrl_c_ends_at_once(tmp_path: Path) -> None:
    """An engine that does not stop is left alone."""
    process = start("stubborn", *CHECK, module=ENGINE, cwd=tmp_path)
    _wait_for(process, b"50 %")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    outcome = finished(process)
    assert outcome.status == 130
    assert outcome.err.splitlines()[-1] == "specdrift: interrupted"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("module", "arguments", "status"),
    [
        ("specdrift", ("--help",), 0),
        ("specdrift", ("rules",), 0),
        ("specdrift", ("schema", "result"), 0),
        ("specdrift", ("nonsense",), 2),
        (ENGINE, ("drift", *CHECK), 1),
        (ENGINE, ("clean", *CHECK, "-o", "/dev/stdout", "--format", "json"), 0),
    ],
)
def test_a_reader_that_has_gone_is_no_error(
    tmp_path: Path, module: str, arguments: tuple[str, ...], status: int
) -> None:
    """`| head` ends quietly, and the status still says what the run says."""
    reader, writer = os.pipe()
    os.close(reader)
    outcome = finished(start(*arguments, module=module, stdout=writer, cwd=tmp_path))
    os.close(writer)
    assert outcome.status == status
    assert "Traceback" not in outcome.err
    assert "Broken" not in outcome.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is always full")
@pytest.mark.parametrize("arguments", [("rules",), ("schema", "result"), ("lint", "none.yaml")])
def test_a_full_disk_is_no_bug_of_ours(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Nor a verdict: what could not be written is said, with the status of a command that could not be done."""
    with Path("/dev/full").open("wb") as full:
        outcome = finished(start(*arguments, stdout=full, cwd=tmp_path))
    assert (outcome.status, outcome.err) == (
        2,
        "error: cannot write to standard output: No space left on device\n",
    )


def test_a_log_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    """Also with stderr closed the result is written and the status stands."""
    reader, writer = os.pipe()
    os.close(reader)
    outcome = finished(start("drift", *CHECK, "-v", module=ENGINE, stderr=writer, cwd=tmp_path))
    os.close(writer)
    assert outcome.status == 1
    assert "mtls-not-enforced" in outcome.out


def _on_terminal(*arguments: str, cwd: Path, environ: dict[str, str] | None = None) -> tuple[int, str]:
    """Run the engine with stderr on a terminal; its status, and what the terminal got."""
    ours, theirs = pty.openpty()
    env = {"PATH": os.environ["PATH"], "TERM": "xterm", "PYTHONPATH": str(Path(__file__).parents[2])}
    process = start(
        *arguments,
        module=ENGINE,
        cwd=cwd,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
        env=env | (environ or {}),
    )
    os.close(theirs)
    seen = b""
    while select.select([ours], [], [], 30)[0]:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux's way of saying that the other side is closed
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    return process.wait(timeout=30), seen.decode()


def test_a_terminal_gets_a_bar(tmp_path: Path) -> None:
    """One line that redraws itself, and no line for each tenth; warnings stay readable above it."""
    status, seen = _on_terminal("drift", *CHECK, cwd=tmp_path)
    assert status == 1
    assert "━" in seen
    assert "100/100" in seen
    assert "mind the step" in seen
    assert "probing: 10 %" not in seen


@pytest.mark.parametrize(
    ("options", "environ"), [(("-q",), {}), ((), {"CI": "true"}), ((), {"TERM": "dumb"})]
)
def test_no_bar_without_a_terminal(tmp_path: Path, options: tuple[str, ...], environ: dict[str, str]) -> None:
    """Not with -q, not in CI, not on a terminal that cannot redraw."""
    _, seen = _on_terminal("drift", *CHECK, *options, cwd=tmp_path, environ=environ)
    assert "━" not in seen


def test_a_process_looks_for_no_garbage_when_it_ends(tmp_path: Path) -> None:
    """It would look at every object of every module once more; what was registered earlier runs later."""
    lines = (
        "import atexit, gc, sys",
        "from specdrift.cli.main import entry",
        "atexit.register(lambda: print(f'{len(gc.get_objects())} {gc.get_freeze_count()}', file=sys.stderr))",
        "sys.argv = ['specdrift', 'rules']",
        "entry()",
    )
    (tmp_path / "script.py").write_text("\n".join(lines))
    outcome = finished(start(module="script", cwd=tmp_path))
    assert outcome.status == 0
    looked_at, frozen = map(int, outcome.err.split())
    assert looked_at < frozen / 100


@pytest.mark.parametrize(("arguments", "status"), [(("lint", "openapi.yaml"), 2), (("rules",), 0)])
def test_a_deleted_working_folder_is_no_bug_of_ours(
    tmp_path: Path, arguments: tuple[str, ...], status: int
) -> None:
    """A command that needs the folder says so; one that does not runs."""
    folder = tmp_path / "deleted"
    folder.mkdir()
    deleting = (
        "sh",
        "-c",
        'rmdir "$PWD" && exec "$@"',
        "sh",
        sys.executable,
        "-I",
        "-m",
        "specdrift",
        *arguments,
    )
    ended = subprocess.run(deleting, cwd=folder, check=False, capture_output=True, text=True)
    assert ended.returncode == status
    assert ("the working folder was deleted" in ended.stderr) == bool(status)
