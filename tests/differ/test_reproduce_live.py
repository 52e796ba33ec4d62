"""The printed commands, run by a shell against a running server: they do what the probe did."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from specdrift.differ.reproduce import HEAD_ONLY_S, Reproducer
from specdrift.model.client_files import ClientFiles
from specdrift.model.exchange.probe import Endpoint, Probe, Request, TlsRange, head_of
from tests.crawler.peers import OK, Visit, answering, server_context, serving
from tests.crawler.sending import Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
IGNORED = (b"user-agent", b"accept", b"host", b"x-specdrift-run")

REQUESTS = {
    "plain": Request(method="GET", target="/items/1?q=a%20b"),
    "dots": Request(method="GET", target="/a/../b/./%2e%2e/"),
    "slashes": Request(method="GET", target="//x"),
    "brackets": Request(method="GET", target="/?ids[]=1&x={a,b}&y=[1-3]"),
    "fragment": Request(method="GET", target="/x#y"),
    "star": Request(method="OPTIONS", target="*"),
    "absolute": Request(method="GET", target="http://other.test/x"),
    "quotes": Request(method="GET", target="/x?q='\"$HOME`id`", headers=(("X-Q", "'\"$HOME `id` \\ !"),)),
    "empty header": Request(method="GET", target="/x", headers=(("X-Empty", ""),)),
    "own host": Request(method="GET", target="/x", headers=(("Host", "other.test"),)),
    "head": Request(method="HEAD", target="/x"),
    "method": Request(method="PURGE", target="/x"),
    "body": Request(
        method="POST", target="/x", headers=(("Content-Type", "text/x"),), body=b'@a\n{"b": "\xc3\xa4"}'
    ),
    "body without type": Request(method="PUT", target="/x", body=b"a=b"),
}


def essence(request: bytes) -> tuple[bytes, frozenset[bytes], bytes]:
    """Request line, header lines without the client's own, and body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    kept = (line for line in lines if line.lower().partition(b":")[0] not in IGNORED)
    return first, frozenset(b":".join(part.strip() for part in line.split(b":", 1)) for line in kept), body


def repeated(command: str, *, folder: Path | None = None) -> str:
    """What the command prints, run in a folder."""
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        timeout=30,
        check=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
    )
    return done.stdout.decode()


def repeater(pki: TestPki) -> Reproducer:
    """One that knows alice's files."""
    files = {"alice": ClientFiles(cert=str(pki.alice.cert), key=str(pki.alice.key))}
    return Reproducer(
        document="api.yaml", base_url="https://localhost", trust=str(pki.server_ca), files=files
    )


def command_for(pki: TestPki, asked: Probe) -> str:
    """The command for one of alice's questions, or anybody's."""
    return repeater(pki).command_for(asked, rule="mtls-not-enforced")


def taking_leave(visit: Visit) -> None:
    """Answer one request and close as TLS wants it, which openssl looks at."""
    if visit.request():
        visit.send(OK)
        assert isinstance(visit.sock, ssl.SSLSocket)
        visit.sock.unwrap()


@pytest.mark.slow
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_curl_sends_the_request_of_the_probe(pki: TestPki, request_: Request) -> None:
    """The same request line, headers and body, but for the client's own name."""
    answer = OK if request_.method != "HEAD" else b"HTTP/1.1 200 OK\r\n\r\n"
    with serving(answering(answer), server_context(pki)) as peer:
        asked = probe_of(peer, request_)
        Client(pki).one(asked)
        shown = repeated(command_for(pki, asked))
    assert shown.startswith("HTTP/1.1 200 OK")
    assert len(peer.requests) == 2
    assert essence(peer.requests[1]) == essence(peer.requests[0])


@pytest.mark.parametrize("tls", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_curl_presents_the_certificate_over_the_same_version(pki: TestPki, tls: TlsRange) -> None:
    """A server that speaks the other version only would refuse it."""
    context = server_context(pki, demand=ssl.CERT_REQUIRED, tls=tls)
    with serving(answering(), context) as peer:
        repeated(command_for(pki, probe_of(peer, identity="alice", tls=tls)))
    assert [visit.caller for visit in peer.visits] == ["alice"]


def test_curl_separates_sni_from_host(pki: TestPki) -> None:
    """As the probe did."""
    names: list[str | None] = []
    context = server_context(pki)
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    with serving(answering(), context) as peer:
        where = Endpoint(host="api.test", port=peer.port, server_name="secure.localhost", address="127.0.0.1")
        repeated(command_for(pki, probe_of(where)))
    assert names == ["secure.localhost"]
    assert f"Host: api.test:{peer.port}\r\n".encode() in peer.requests[0]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_makes_the_handshake(pki: TestPki) -> None:
    """With the name, the version and the certificate of the probe."""
    context = server_context(pki, demand=ssl.CERT_REQUIRED, tls=TlsRange.ONLY_1_3)
    with serving(answering(), context) as peer:
        asked = probe_of(peer, None, identity="alice", tls=TlsRange.ONLY_1_3)
        shown = repeated(command_for(pki, asked))
    assert "Verify return code: 0 (ok)" in shown
    assert [visit.caller for visit in peer.visits] == ["alice"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_a_server_with_an_untrusted_certificate_is_reproduced_at_its_address(pki: TestPki) -> None:
    """With `--insecure`, as the run was; and not without it."""
    trusting = replace(repeater(pki), trust=str(pki.client_ca))
    careless = replace(trusting, insecure=True)
    with serving(answering(), server_context(pki, demand=ssl.CERT_REQUIRED)) as peer:
        asked, shaken = probe_of(peer, identity="alice"), probe_of(peer, None, identity="alice")
        with pytest.raises(subprocess.CalledProcessError) as caught:
            repeated(trusting.command_for(asked, rule="mtls-not-enforced"))
        assert (caught.value.returncode, peer.requests) == (60, [])
        repeated(careless.command_for(asked, rule="mtls-not-enforced"))
        repeated(careless.command_for(shaken, rule="mtls-not-enforced"))
    assert peer.lines == ["GET /items/1 HTTP/1.1"]
    assert [visit.caller for visit in peer.visits][-2:] == ["alice", "alice"]


def test_curl_sends_the_priming_request_on_the_same_connection(pki: TestPki) -> None:
    """So that the second request is a second one."""
    with serving(answering(), server_context(pki)) as peer:
        asked = replace(probe_of(peer), priming=Request(method="GET", target="/public"))
        repeated(command_for(pki, asked))
    assert (len(peer.visits), peer.lines) == (1, ["GET /public HTTP/1.1", "GET /items/1 HTTP/1.1"])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("tls", [TlsRange.ONLY_1_2, TlsRange.ONLY_1_3])
def test_openssl_takes_up_the_session(pki: TestPki, tmp_path: Path, tls: TlsRange) -> None:
    """Made as alice at one name, and hers at the other, without her certificate being sent again."""
    post = Request(method="POST", target="/x?a=%b", headers=(("X-Q", "it's \\ \\n"),), body=b"a\\tb\nc")
    context = server_context(pki, demand=ssl.CERT_OPTIONAL, tls=tls)
    with serving(taking_leave, context) as peer:
        asked = probe_of(peer, post, identity="alice", tls=tls)
        resumed = replace(
            asked,
            connection=replace(asked.connection, resumes=endpoint_of(peer, name="public.localhost")),
            priming=Request(method="GET", target="/public"),
        )
        Client(pki).one(asked)
        shown = repeated(command_for(pki, resumed), folder=tmp_path)
    assert "Reused, TLSv1." in shown
    assert [visit.caller for visit in peer.visits] == ["alice"] * 3
    assert peer.lines[1] == "GET /public HTTP/1.1"
    own = frozenset({b"Connection:close"})
    first, fields, body = essence(peer.requests[2])
    assert (first, fields - own, body) == essence(peer.requests[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"]
)
def test_a_head_is_sent_without_its_body(pki: TestPki, answer: bytes) -> None:
    """Curl prints 100 Continue or the refusal, and sends nothing after the head."""
    kept: list[bytes] = []

    def script(visit: Visit) -> None:
        kept.append(visit.sock.recv(65536))
        visit.send(answer)
        visit.sock.settimeout(2 * HEAD_ONLY_S)  # curl closes after its own time
        kept.append(visit.sock.recv(65536))

    head = head_of(Request(method="POST", target="/x", body=b"the body"))
    with serving(script, server_context(pki)) as peer:
        shown = repeated(f"{command_for(pki, probe_of(peer, head))} || true")
    assert shown.startswith(answer.partition(b"\r\n")[0].decode())
    assert kept[0].lower().count(b"expect: 100-continue") == kept[0].lower().count(b"content-length: 8") == 1
    assert kept[1:] == [b""]
