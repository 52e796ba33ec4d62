"""Sent requests: exactly those of the probe, with the run's own headers, and nothing else."""

import socket
import ssl

import pytest
from msgspec.structs import replace

from specdrift.crawler.http.client import base_url
from specdrift.crawler.http.head_forms import in_form
from specdrift.model.exchange.observation import Ending
from specdrift.model.exchange.probe import Endpoint, HeadForm, HttpVersion, Request, TlsRange
from tests.crawler.peers import OK, Visit, answering, closing_after, fields, server_context, serving
from tests.crawler.sending import NETWORK, RUN_HEADERS, Client, endpoint_of, probe_of
from tests.servers.pki import TestPki

ALONE = replace(NETWORK, concurrency=1)


@pytest.mark.parametrize(
    "target",
    [
        "/a/../b",
        "/a/./b",
        "//x",
        "/%2e%2e/",
        "/a%2Fb;x=1",
        "/a//b///",
        "/A/%61",
        "/?q=a%20b&q=[1]&r={id}",
        "/x#fragment",
        "/\\..\\x",
        "http://other.example/abs",
        "*",
    ],
)
def test_the_target_is_sent_unchanged(client: Client, pki: TestPki, target: str) -> None:
    """A path variant must not be normalised by the client (RFC 9112 §3.2)."""
    with serving(answering(), server_context(pki)) as peer:
        observed = client.one(probe_of(peer, target))
    assert observed.ending is Ending.RESPONSE
    assert peer.lines == [f"GET {target} HTTP/1.1"]


def test_the_headers_of_a_request(client: Client, pki: TestPki) -> None:
    """Host, those of the run, those of the probe, in this order; none of a client library."""
    own = (("X-Own", "1"), ("x-own", "2"), ("Authorization", "Bearer t"))
    with serving(answering(), server_context(pki)) as peer:
        client.one(probe_of(peer, Request(method="GET", target="/", headers=own)))
    head = peer.requests[0].split(b"\r\n")[1:-2]
    wanted = [("Host", f"localhost:{peer.port}"), *RUN_HEADERS, *own]
    assert head == [f"{name}: {value}".encode() for name, value in wanted]


def test_trailers_follow_a_body_in_chunks(client: Client, pki: TestPki) -> None:
    """RFC 9112 §7.1.2; Trailer names them."""
    request = Request(method="GET", target="/", trailers=(("X-Own", "1"),))
    with serving(answering(), server_context(pki)) as peer:
        client.one(probe_of(peer, request))
    head = peer.requests[0].split(b"\r\n")
    assert {b"Transfer-Encoding: chunked", b"Trailer: X-Own"} <= set(head)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (HeadForm.WHOLE, [b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nb"]),
        (HeadForm.AFTER_EMPTY_LINE, [b"\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\nb"]),
        (HeadForm.IN_RECORDS, [b"GET /", b"a HTTP/1.1\r\n", b"Host: a\r\n", b"\r\nb"]),
    ],
)
def test_a_head_has_its_form(form: HeadForm, expected: list[bytes]) -> None:
    """Each part is a record of TLS."""
    assert in_form(form, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nb") == expected


@pytest.mark.parametrize(
    ("request_", "lines"),
    [
        (Request(method="GET", target="/", version=HttpVersion.HTTP_1_0), ["GET / HTTP/1.0"]),
        (
            Request(method="GET", target="/", version=HttpVersion.HTTP_1_0, headers=(("Host", "a"),)),
            ["GET / HTTP/1.0", "Host: a"],
        ),
        (
            Request(method="GET", target="/", headers=(("Host", "a"), ("Host", "b"))),
            ["GET / HTTP/1.1", "Host: a", "Host: b"],
        ),
        (
            Request(method="GET", target="/", headers=(("Host", "a"), ("X-User alice", ""))),
            ["GET / HTTP/1.1", "Host: a", "X-User alice"],
        ),
    ],
    ids=["HTTP/1.0", "HTTP/1.0 with Host", "two of them", "a line without a colon"],
)
def test_host_is_sent_as_the_probe_states(
    client: Client, pki: TestPki, request_: Request, lines: list[str]
) -> None:
    """Also invalid values (RFC 9112 §3.2); then the connection is not reused."""
    with serving(answering(), server_context(pki)) as peer:
        observed = client.send(*(probe_of(peer, request_, variant=str(n)) for n in range(2)), network=ALONE)
    assert {s.ending for s in observed} == {Ending.RESPONSE}
    ours = [f"{name}: {value}" for name, value in RUN_HEADERS]
    heads = [request.decode().split("\r\n")[:-2] for request in peer.requests]
    assert [[line for line in head if line not in ours] for head in heads] == [lines, lines]
    assert len(peer.visits) == 2


@pytest.mark.parametrize(
    ("method", "answer", "connections"),
    [
        ("POST", OK, 1),
        ("GET", OK, 2),
        ("POST", b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", 2),
    ],
)
def test_a_connection_with_unread_content_is_not_reused(
    client: Client, pki: TestPki, method: str, answer: bytes, connections: int
) -> None:
    """Otherwise a server that does not read it takes it for the next request."""
    asked = [Request(method=method, target=f"/{n}", body=b"{}") for n in range(2)]
    with serving(answering(answer), server_context(pki)) as peer:
        observed = client.send(*(probe_of(peer, request) for request in asked), network=ALONE)
    assert {s.ending for s in observed} == {Ending.RESPONSE}
    assert len(peer.visits) == connections


OLDEST = Request(method="GET", target="/x", headers=(("X-Own", "1"),), version=HttpVersion.HTTP_0_9)
LATER = b"HTTP/1.0 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"


@pytest.mark.parametrize(
    ("said", "status", "version", "body"),
    [
        (b'{"id": 1}', 200, "HTTP/0.9", '{"id": 1}'),
        (b"ok", 200, "HTTP/0.9", "ok"),
        (LATER, 400, "HTTP/1.0", "no"),
        (LATER.replace(b"Content-Length: 2\r\n", b""), 400, "HTTP/1.0", "no"),
    ],
)
def test_http_0_9_is_a_line_and_its_answer_a_body(
    client: Client, pki: TestPki, said: bytes, status: int, version: str, body: str
) -> None:
    """No headers are sent and none expected; then the connection is closed."""
    with serving(closing_after(said), server_context(pki)) as peer:
        observed = client.send(probe_of(peer, OLDEST), probe_of(peer, OLDEST, variant="2"), network=ALONE)
    for one in observed:
        assert one.http is not None
        assert (one.http.status, one.http.http_version, one.http.body_excerpt) == (status, version, body)
    assert peer.requests == [b"GET /x\r\n\r\n"] * 2
    assert len(peer.visits) == 2


def test_an_empty_answer_to_http_0_9_is_no_answer(client: Client, pki: TestPki) -> None:
    """A server that closes has not answered, although the version ends with a close."""
    with serving(closing_after(b""), server_context(pki)) as peer:
        observed = client.one(probe_of(peer, OLDEST))
    assert (observed.ending, observed.http) == (Ending.CLOSED, None)


def test_a_switch_of_protocols_is_an_answer(client: Client, pki: TestPki) -> None:
    """No HTTP follows, so the connection is not reused."""
    said = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n\x00\x00"
    headers = (("Connection", "Upgrade"), ("Upgrade", "h2c"))
    asked = [Request(method="GET", target=f"/{n}", headers=headers) for n in range(2)]
    with serving(answering(said), server_context(pki)) as peer:
        observed = client.send(*(probe_of(peer, request) for request in asked), network=ALONE)
    assert [s.http and s.http.status for s in observed] == [101, 101]
    assert [s.attempts for s in observed] == [1, 1]
    assert len(peer.visits) == 2


@pytest.mark.parametrize("tls", list(TlsRange))
def test_a_client_hello_may_be_sent_in_two_records(client: Client, pki: TestPki, tls: TlsRange) -> None:
    """The first ends before the extensions; servers join them (RFC 8446 §5.1)."""
    hellos: list[bytes] = []
    context = server_context(pki)

    def script(visit: Visit) -> None:
        hellos.append(visit.sock.recv(4096, socket.MSG_PEEK))
        with context.wrap_socket(visit.sock, server_side=True) as visit.sock:
            answering()(visit)

    with serving(script) as peer:
        whole = probe_of(peer, tls=tls)
        connection = replace(whole.connection, fragmented=True)
        observed = client.send(whole, replace(whole, connection=connection), network=ALONE)
    assert [s.ending for s in observed] == [Ending.RESPONSE] * 2
    assert [hello.find(b"localhost") > 5 + 64 for hello in hellos] == [True, True]
    assert [hello[3:5] == (64).to_bytes(2, "big") for hello in hellos] == [False, True]


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "get"]
)
def test_any_method_is_sent_as_written(client: Client, pki: TestPki, method: str) -> None:
    """Methods are case-sensitive (RFC 9110 §9.1)."""
    answer = OK if method != "HEAD" else b"HTTP/1.1 200 OK\r\n\r\n"
    with serving(answering(answer), server_context(pki)) as peer:
        client.one(probe_of(peer, Request(method=method, target="/x")))
    assert peer.lines == [f"{method} /x HTTP/1.1"]


def test_a_body_is_sent_with_its_length(client: Client, pki: TestPki) -> None:
    """Bytes unchanged; the probe states the media type."""
    request = Request(
        method="POST", target="/", headers=(("Content-Type", "text/x"),), body=b"\x00\r\n\r\nbody"
    )
    with serving(answering(), server_context(pki)) as peer:
        client.one(probe_of(peer, request))
    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    assert (body, dict(fields(head))[b"content-length"]) == (request.body, b"9")
    assert dict(fields(head))[b"content-type"] == b"text/x"


def test_sni_and_host_are_independent(client: Client, pki: TestPki) -> None:
    """SNI selects the certificate, Host the site."""
    names: list[str | None] = []
    context = server_context(pki)
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    with serving(answering(), context) as peer:
        where = replace(endpoint_of(peer), host="api.example.test", server_name="secure.localhost")
        observed = client.one(probe_of(where))
    assert (observed.ending, names) == (Ending.RESPONSE, ["secure.localhost"])
    assert dict(fields(peer.requests[0]))[b"host"] == f"api.example.test:{peer.port}".encode()


@pytest.mark.parametrize("name", ["Host", "host"])
def test_a_probe_may_have_its_own_host(client: Client, pki: TestPki, name: str) -> None:
    """It replaces the endpoint's; the connection stays the same."""
    request = Request(method="GET", target="/", headers=((name, "admin.example.test"),))
    with serving(answering(), server_context(pki)) as peer:
        observed = client.one(probe_of(peer, request))
    assert observed.ending is Ending.RESPONSE
    assert [v for n, v in fields(peer.requests[0]) if n == b"host"] == [b"admin.example.test"]


def test_a_probe_replaces_the_headers_of_the_run(client: Client, pki: TestPki) -> None:
    """A second User-Agent is ignored by most servers. curl sends one, too."""
    request = Request(method="GET", target="/", headers=(("user-agent", "probe"),))
    with serving(answering(), server_context(pki)) as peer:
        client.one(probe_of(peer, request))
    assert [v for n, v in fields(peer.requests[0]) if n == b"user-agent"] == [b"probe"]


def test_an_address_is_no_server_name(client: Client, pki: TestPki) -> None:
    """No SNI for an IP address (RFC 6066 §3); its certificate is verified."""
    names: list[str | None] = []
    context = server_context(pki)
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    with serving(answering(), context) as peer:
        observed = client.one(probe_of(endpoint_of(peer, name="127.0.0.1")))
    assert (observed.ending, names) == (Ending.RESPONSE, [None])


def test_an_ipv6_endpoint_has_brackets_in_host(client: Client, pki: TestPki) -> None:
    """An address with colons, in brackets in Host."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with serving(answering(), server_context(pki), address="::1") as peer:
        observed = client.one(probe_of(endpoint_of(peer, name="::1")))
    assert (observed.ending, observed.address) == (Ending.RESPONSE, "::1")
    assert dict(fields(peer.requests[0]))[b"host"] == f"[::1]:{peer.port}".encode()


@pytest.mark.parametrize(
    ("host", "port", "tls", "host_field"),
    [
        ("a.test", 443, True, "a.test"),
        ("a.test", 8443, True, "a.test:8443"),
        ("a.test", 80, False, "a.test"),
        ("a.test", 443, False, "a.test:443"),
        ("a.test", 80, True, "a.test:80"),
        ("::1", 443, True, "[::1]"),
        ("::1", 1, True, "[::1]:1"),
    ],
)
def test_host_omits_the_default_port(host: str, port: int, tls: bool, host_field: str) -> None:  # noqa: FBT001
    """RFC 9110 §4.2, §7.2."""
    endpoint = Endpoint(host=host, port=port, server_name=host, tls=tls)
    assert endpoint.authority == host_field
    assert str(base_url(endpoint)).rstrip("/") == f"{'https' if tls else 'http'}://{host_field}"


def test_no_cookie_is_kept_or_sent(client: Client, pki: TestPki) -> None:
    """A cookie of one response must not authenticate the next request."""
    cookie = b"\r\nSet-Cookie: session=known; Path=/; Secure\r\nSet-Cookie: other=1\r\n\r\n"
    with serving(answering(OK.replace(b"\r\n\r\n", cookie, 1)), server_context(pki)) as peer:
        observed = client.send(*(probe_of(peer, f"/{number}") for number in range(3)), network=ALONE)
    assert [s.http and s.http.header("set-cookie") for s in observed] == ["session=known; Path=/; Secure"] * 3
    assert [b"cookie" in dict(fields(request)) for request in peer.requests] == [False] * 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(client: Client, pki: TestPki, status: int) -> None:
    """The location is recorded, not followed."""
    answer = b"HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    with serving(answering(answer), server_context(pki)) as peer:
        observed = client.one(probe_of(peer))
    assert observed.http is not None
    assert (observed.http.status, observed.http.header("location")) == (status, "/elsewhere")
    assert peer.lines == ["GET /items/1 HTTP/1.1"]


def test_no_environment_variable_changes_the_connection(
    client: Client, pki: TestPki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would be tested instead of the listener."""
    for name in ("HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(answering(), server_context(pki, demand=ssl.CERT_REQUIRED)) as peer:
        observed = client.one(probe_of(peer, identity="alice"))
    assert observed.ending is Ending.RESPONSE
