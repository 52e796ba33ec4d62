"""`specdrift.check`, `acheck` and `lint`, on the server of the demo."""

import asyncio
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from msgspec.structs import replace

from specdrift import (
    ConfigError,
    CredentialError,
    DocumentError,
    Identity,
    Result,
    SpecdriftError,
    acheck,
    check,
    lint,
)
from specdrift.app.check import PreparedCheck
from specdrift.app.library import CheckOptions
from specdrift.demo.certificates import write_certificates
from specdrift.demo.server import running
from specdrift.events import Event, ScanFinished
from specdrift.model.secrets import HIDDEN
from specdrift.redaction.known import without_secrets
from specdrift.settings import Secret

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
QUICK: CheckOptions = {"include_path": ["/accounts", "/transfers"], "checks": ["certificate"]}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """The demo's certificates and document in a folder, and the port of its server."""
    folder = tmp_path_factory.mktemp("library")
    write_certificates(folder)
    (folder / "openapi.yaml").write_bytes((files("specdrift.demo") / "openapi.yaml").read_bytes())
    with running(folder) as port:
        yield folder, port


@pytest.fixture
def url(demo: tuple[Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's URL; the working folder is a copy of the demo's."""
    folder, port = demo
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return f"https://127.0.0.1:{port}"


def alice() -> Identity:
    """A certificate that the server accepts, in the working folder."""
    return Identity.from_files("alice", "alice.pem", "alice.key", roles=["teller"])


def with_passphrase(word: str) -> Identity:
    """Alice, whose key in the working folder is encrypted by this word."""
    key = load_pem_private_key(Path("alice.key").read_bytes(), None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(word.encode()))
    Path(f"{word}.key").write_bytes(encrypted)
    return replace(
        Identity.from_files("alice", "alice.pem", f"{word}.key", roles=["teller"]), key_pass=Secret(word)
    )


def test_two_checks_at_once_keep_their_secrets_apart(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hides its own, in messages and in its result, and shows a word that is a secret of the other one only."""
    words = ("quiet-harbour-81", "green-lantern-52")
    text = Path("openapi.yaml").read_text(encoding="utf-8")
    Path("openapi.yaml").write_text(re.sub("title: .*", f"title: {' '.join(words)}", text), encoding="utf-8")
    both_have_read = threading.Barrier(2)
    messages: dict[str, str] = {}

    def conclude(check: PreparedCheck, finished: ScanFinished) -> Result:
        both_have_read.wait(60)
        result = concluded(check, finished)
        messages[result.document.title] = without_secrets(f"it is {' '.join(words)}")
        return result

    concluded = PreparedCheck.conclude
    monkeypatch.setattr(PreparedCheck, "conclude", conclude)

    async def at_once() -> list[Result]:
        checks = (
            acheck("openapi.yaml", url, identities=[with_passphrase(word)], ca="server-ca.pem", **QUICK)
            for word in words
        )
        return list(await asyncio.gather(*checks))

    titles = [result.document.title for result in asyncio.run(at_once())]
    assert titles == [f"{HIDDEN} {words[1]}", f"{words[0]} {HIDDEN}"]
    assert messages == {title: f"it is {title}" for title in titles}
    assert without_secrets(" ".join(words)) == " ".join(words)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_the_code_of_the_page_runs(number: int, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each block as it is printed, except for the port."""
    code = BLOCKS[number].replace("https://localhost:8443", url)
    exec(compile(code, f"{PAGE.name}[{number}]", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own page
    out = capsys.readouterr().out
    if number == 0:
        assert "error mtls-not-enforced GET /transfers openapi.yaml:" in out
        assert "exit status 1" in out
    if number == 1:
        assert out == "enforced\n"


def test_drifts_of_a_check(url: str) -> None:
    """Rule, operation, location and message of each; nothing is written, and every event is passed on."""
    before = sorted(path.name for path in Path().iterdir())
    events: list[Event] = []
    result = check(
        "openapi.yaml", url, identities=[alice()], ca="server-ca.pem", watch=events.append, **QUICK
    )
    assert isinstance(result, Result)
    assert not result.ok
    [drift] = result.drifts
    assert (drift.rule, str(drift.operation)) == ("mtls-not-enforced", "GET /transfers")
    assert str(drift.location).startswith("openapi.yaml:")
    assert drift.message
    assert isinstance(events[-1], ScanFinished)
    assert sorted(path.name for path in Path().iterdir()) == before


def test_a_consistent_operation_is_ok(url: str) -> None:
    """Also as the text of one path instead of a list."""
    result = check(
        "openapi.yaml",
        url,
        identities=[alice()],
        ca="server-ca.pem",
        include_path="/accounts",
        checks=["certificate"],
    )
    assert result.ok, result.drifts
    assert next(one.name for one in result.identities if one.certificate) == "alice"


def test_check_inside_a_running_loop_names_the_coroutine(url: str) -> None:
    """It cannot start a second loop in the same thread."""

    async def inside() -> None:
        check("openapi.yaml", url)

    with pytest.raises(RuntimeError, match=r"await specdrift\.acheck"):
        asyncio.run(inside())


def test_acheck_calls_back_in_the_loop_of_its_caller(url: str) -> None:
    """The events arrive in the caller's thread, the last one before the result, and the caller's tasks go on."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    async def inside() -> Result:
        ticking = asyncio.create_task(tick())
        events: list[tuple[Event, threading.Thread]] = []
        result = await acheck(
            "openapi.yaml",
            url,
            identities=[alice()],
            ca="server-ca.pem",
            watch=lambda event: events.append((event, threading.current_thread())),
            **QUICK,
        )
        assert isinstance(events[-1][0], ScanFinished)
        assert {thread for _, thread in events} == {threading.current_thread()}
        ticking.cancel()
        return result

    assert asyncio.run(inside()).drifts
    assert ticks > 1


def test_an_error_in_watch_ends_the_check(url: str) -> None:
    """And is raised by it."""

    def watch(_: Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check("openapi.yaml", url, identities=[alice()], ca="server-ca.pem", watch=watch, **QUICK)


def test_a_cancelled_check_raises(url: str) -> None:
    """As asyncio expects of a coroutine, not a partial result."""

    async def inside() -> None:
        async with asyncio.timeout(0.2):
            await acheck("openapi.yaml", url, identities=[alice()], ca="server-ca.pem", rate_limit="1/s")

    with pytest.raises(TimeoutError):
        asyncio.run(inside())


def test_a_configuration_is_read_only_if_it_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one of the working folder nor variables; arguments override it."""
    Path("specdrift.toml").write_text('spec = "openapi.yaml"\nfail-on = "nonsense"\n')
    monkeypatch.setenv("SPECDRIFT_FAIL_ON", "nonsense")
    assert lint("openapi.yaml").ok
    with pytest.raises(ConfigError, match=r"specdrift\.toml:2: fail-on"):
        lint(config="specdrift.toml")
    Path("other.toml").write_text('[[identities]]\nname = "alice"\ncert-file = "absent.pem"\n')
    result = check(
        "openapi.yaml", url, identities=[alice()], ca="server-ca.pem", config="other.toml", **QUICK
    )
    assert len([identity for identity in result.identities if identity.name == "alice"]) == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"timeout": "soon"}, "timeout: expected a number and a unit"),
        ({"checks": ["certificat"]}, 'Did you mean "certificate"'),
        ({"identities": [alice(), alice()]}, '"alice" is given twice'),
        ({"identities": [Identity.from_files("anonymous", "alice.pem")]}, "choose another name"),
    ],
)
def test_invalid_arguments(url: str, options: dict[str, object], problem: str) -> None:
    """Reported as in a configuration, before anything is sent."""
    with pytest.raises(ConfigError, match=problem):
        check("openapi.yaml", url, **options)  # type: ignore[arg-type]


def test_without_a_document() -> None:
    """Neither an argument nor a configuration names one."""
    with pytest.raises(SpecdriftError, match="no document"):
        lint()


def test_a_missing_certificate(url: str) -> None:
    """Named in the error."""
    with pytest.raises(CredentialError, match=r"absent\.pem"):
        check("openapi.yaml", url, identities=[Identity.from_files("x", "absent.pem")], ca="server-ca.pem")


def test_identities_from_files(tmp_path: Path) -> None:
    """Archives by their ending; the passphrase is masked."""
    archive = Identity.from_files("bob", tmp_path / "bob.p12", passphrase="hush")
    assert archive.format.value == "p12"
    assert "hush" not in repr(archive)
    assert alice().cert_file.is_absolute()


def test_a_document_that_cannot_be_used_is_an_error_of_lint_too(url: str, tmp_path: Path) -> None:
    """``check`` raises the same; the reasons have their lines."""
    text = tmp_path / "text.yaml"
    text.write_text("nothing\n")
    calls: list[Callable[[], Result]] = [
        lambda: lint("missing.yaml"),
        lambda: lint(text),
        lambda: lint("openapi.yaml", against=text),
        lambda: check("missing.yaml", url),
    ]
    for call in calls:
        with pytest.raises(DocumentError) as error:
            call()
        assert error.value.diagnostics


@pytest.mark.usefixtures("url")
def test_an_older_document_is_a_text_or_a_path() -> None:
    """As the document itself."""
    opened = Path("openapi.yaml").read_text().replace("- clientCertificate: []", "- {}", 1)
    Path("opened.yaml").write_text(opened)
    assert not lint("opened.yaml", against=Path("openapi.yaml")).ok
    assert lint("openapi.yaml", against="openapi.yaml").ok
    assert lint(Path("openapi.yaml"), against=Path("openapi.yaml")).ok
