"""The command that repeats a probe: right to the letter, and without a secret."""

import shlex
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from specdrift.differ.reproduce import Reproducer
from specdrift.model.client_files import ClientFiles
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import (
    Connection,
    Endpoint,
    HttpVersion,
    Omission,
    Probe,
    Request,
    TlsRange,
    head_of,
)
from specdrift.model.exchange.proxy_header import ProxyHeader, ProxyVersion
from tests.differ.drift_builders import ENDPOINT, probe

REPEATER = Reproducer(
    document="api.yaml",
    base_url="https://api.test:8443/v1",
    trust="my ca.pem",
    files={
        "alice": ClientFiles(cert="alice's.pem", key="alice.key"),
        "bob": ClientFiles(cert="bob.p12", pkcs12=True),
    },
    configuration="conf/specdrift.toml",
    identities={"bob": "bob=bob.p12,role=admin"},
)
RULE = "mtls-not-enforced"
PLAIN = Reproducer(document="api.yaml", base_url="https://api.test:8443/v1")
CURL = ["curl", "-sS", "-i", "--http1.1", "--path-as-is", "--globoff"]
S_CLIENT = "openssl s_client -connect 192.0.2.1:8443 -servername api.test"
RESOLVE = ["--resolve", "api.test:8443:192.0.2.1"]


def command_for(asked: Probe, repeater: Reproducer = PLAIN, rule: str = RULE) -> str:
    """The command."""
    return repeater.command_for(asked, rule=rule)


def words(asked: Probe, repeater: Reproducer = PLAIN, rule: str = RULE) -> list[str]:
    """The same as a shell takes it apart."""
    return shlex.split(command_for(asked, repeater, rule))


def over(asked: Probe, **changes: object) -> Probe:
    """The same question over another kind of connection."""
    return replace(asked, connection=replace(asked.connection, **changes))


def to(endpoint: Endpoint, request: Request | None = Request(method="GET", target="/x")) -> Probe:  # noqa: B008 - frozen
    """A question for another endpoint."""
    return replace(probe(request=request), connection=Connection(endpoint=endpoint))


def test_a_plain_request() -> None:
    """Every option in its place."""
    assert words(probe()) == [*CURL, *RESOLVE, "https://api.test:8443/items/1"]


def test_the_trust_anchor_and_the_certificate_are_named_by_their_files() -> None:
    """As the user gave them, quoted for the shell."""
    assert words(probe("alice"), REPEATER) == [
        *CURL,
        *("--cacert", "my ca.pem"),
        *RESOLVE,
        *("--cert", "alice's.pem", "--key", "alice.key"),
        "https://api.test:8443/items/1",
    ]


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"tls": TlsRange.ONLY_1_2}, ["--tlsv1.2", "--tls-max", "1.2"]),
        ({"tls": TlsRange.ONLY_1_3}, ["--tlsv1.3"]),
        ({"alpn": ("h2", "http/1.1")}, ["--http2"]),
        ({"alpn": ("h3",), "quic": True}, ["--http3-only"]),
        ({"alpn": ()}, ["--http1.1"]),
    ],
)
def test_the_kind_of_connection(changes: dict[str, object], options: list[str]) -> None:
    """TLS version and protocol as the probe had them."""
    command = words(over(probe(), **changes))
    assert [word for word in options if word in command] == options


@pytest.mark.parametrize(
    ("request_", "options"),
    [
        (Request(method="HEAD", target="/x"), ["-I"]),
        (Request(method="DELETE", target="/x"), ["-X", "DELETE"]),
        (Request(method="GET", target="/x", headers=(("X-A", "it's"),)), ["-H", "X-A: it's"]),
        (Request(method="GET", target="/x", headers=(("X-Empty", ""),)), ["-H", "X-Empty;"]),
        (
            Request(method="POST", target="/x", headers=(("Content-Type", "a/b"),), body=b"@file"),
            ["-X", "POST", "-H", "Content-Type: a/b", "--data-raw", "@file"],
        ),
        (
            Request(method="PUT", target="/x", body=b"\xff{'a\n"),
            ["-X", "PUT", "-H", "Content-Type:", "--data-raw", "\ufffd{'a\n"],
        ),
        (
            head_of(Request(method="POST", target="/x", body=b"ab")),
            ["--max-time", "5", "-X", "POST", "-H", "Content-Length: 2", "-H", "Expect: 100-continue"],
        ),
    ],
)
def test_method_headers_and_body(request_: Request, options: list[str]) -> None:
    """Nothing that curl would add, read from a file, or leave out."""
    assert words(probe(request=request_)) == [*CURL, *RESOLVE, *options, "https://api.test:8443/x"]


@pytest.mark.parametrize("target", ["*", "http://other.test/x", "/a#b", "/a b", "x", "", "/\\x", "/é"])
def test_a_target_that_is_no_end_of_a_url_is_given_apart(target: str) -> None:
    """Curl would cut it, escape it or refuse it."""
    command = words(probe(request=Request(method="GET", target=target)))
    assert command[-3:] == ["--request-target", target, "https://api.test:8443/"]


@pytest.mark.parametrize("target", ["/a/../b", "//x", "/%2e%2e/", "/a;x=1?b=c&d='e'", "/x?key=[redacted]"])
def test_a_target_that_ends_a_url_ends_it(target: str) -> None:
    """As it is."""
    assert words(probe(request=Request(method="GET", target=target)))[-1] == f"https://api.test:8443{target}"


@pytest.mark.parametrize(
    ("endpoint", "url", "options"),
    [
        (replace(ENDPOINT, address=""), "https://api.test:8443/x", []),
        (Endpoint(host="::1", port=1, server_name="::1", address="::1"), "https://[::1]:1/x", []),
        (Endpoint(host="127.0.0.1", port=1, server_name=""), "https://127.0.0.1:1/x", []),
        (replace(ENDPOINT, tls=False, server_name="a.test"), "http://api.test:8443/x", RESOLVE),
        (
            replace(ENDPOINT, server_name="b.test"),
            "https://b.test:8443/x",
            ["--resolve", "b.test:8443:192.0.2.1", "-H", "Host: api.test:8443"],
        ),
    ],
)
def test_the_command_has_the_endpoint(endpoint: Endpoint, url: str, options: list[str]) -> None:
    """Curl's URL gives SNI and the name in the certificate; another Host, and the address, are options."""
    assert words(to(endpoint)) == [*CURL, *options, url]


def test_a_request_as_few_clients_write_it() -> None:
    """HTTP/1.0 without Host, and no ALPN, are options of curl."""
    asked = over(probe(request=Request(method="GET", target="/x", version=HttpVersion.HTTP_1_0)), alpn=())
    command = words(asked)
    assert command[:5] == ["curl", "-sS", "-i", "--http1.0", "--no-alpn"]
    assert command[command.index("-H") + 1] == "Host:"


@pytest.mark.parametrize("rule", ["enforcement-inconsistent", "host-sni-confusion"])
def test_requests_that_only_specdrift_sends_are_reproduced_by_rule(rule: str) -> None:
    """A ClientHello in two records, Host twice, the oldest HTTP, and a body that is no argument of a program."""
    binary = Request(method="POST", target="/a.B/C", body=b"\0\0\0\0\0")
    oldest = Request(method="GET", target="/x", version=HttpVersion.HTTP_0_9)
    twice = Request(method="GET", target="/x", headers=(("Host", "a.test"), ("Host", "b.test")))
    requests = (probe(request=request) for request in (twice, oldest, binary))
    for asked in (over(probe(), fragmented=True), *requests):
        command = words(asked, rule=rule)
        assert command[:4] == ["specdrift", "check", "api.yaml", "https://api.test:8443/v1"]
        assert command[command.index("--checks") + 1] == rule


def test_a_handshake_without_messages_is_reproduced_by_a_run_that_has_it() -> None:
    """Other runs do not make it."""
    command = words(over(probe(), omits=Omission.PROOF), rule="key-proof-not-required")
    assert command[:2] == ["specdrift", "check"]
    assert "--exhaustive" in command


def test_the_line_of_the_proxy_protocol_is_an_option_of_curl() -> None:
    """Where its address has the family of the connection."""
    command = words(over(probe(), proxy=ProxyHeader(version=ProxyVersion.V1, source="10.0.0.5")))
    assert command[command.index("--haproxy-clientip") + 1] == "10.0.0.5"


@pytest.mark.parametrize(
    "header",
    [
        ProxyHeader(version=ProxyVersion.V1),
        ProxyHeader(version=ProxyVersion.V1, source="::1"),
        ProxyHeader(version=ProxyVersion.V2, source="10.0.0.5"),
    ],
    ids=lambda header: header.words,
)
def test_other_headers_of_the_proxy_protocol_are_beyond_curl(header: ProxyHeader) -> None:
    """It has no UNKNOWN, no second version, and names the family of its own connection."""
    command = words(over(probe(), proxy=header), rule="proxy-protocol-trusted")
    assert command[:2] == ["specdrift", "check"]
    assert command[command.index("--checks") + 1] == "proxy-protocol-trusted"


def test_a_probes_own_host_is_the_only_one() -> None:
    """No second one beside it."""
    request = Request(method="GET", target="/x", headers=(("host", "evil.test"),))
    command = words(to(replace(ENDPOINT, server_name="b.test"), request))
    assert [word for word in command if word.lower().startswith("host:")] == ["host: evil.test"]


SECRET = 'it\'s "secret" $HOME `id` \\'


@pytest.mark.parametrize(
    "name", ["Authorization", "cookie", "Proxy-Authorization", "Set-Cookie", "X-API-Key", "X-Tenant-Key"]
)
@pytest.mark.parametrize("value", [SECRET, "short", "Bearer abc"])
def test_no_secret_is_in_a_command(name: str, value: str) -> None:
    """Neither whole nor cut up by the shell's quoting, however short it is."""
    request = Request(method="GET", target="/x", headers=((name, value), ("X-Open", "yes")))
    repeater = replace(PLAIN, secret_headers=("x-tenant-key",))
    assert words(probe(request=request), repeater)[-5:-1] == [
        "-H",
        f"{name}: [redacted]",
        "-H",
        "X-Open: yes",
    ]


@pytest.mark.parametrize(
    ("asked", "command"),
    [
        (
            probe(request=None),
            S_CLIENT,
        ),
        (
            over(probe("alice", None), tls=TlsRange.ONLY_1_2),
            f"""{S_CLIENT} -tls1_2 -CAfile 'my ca.pem' -cert 'alice'"'"'s.pem' -key alice.key""",
        ),
        (
            over(probe("bob", None), tls=TlsRange.ONLY_1_3),
            f"{S_CLIENT} -tls1_3 -CAfile 'my ca.pem' -cert bob.p12 -certform P12",
        ),
        (
            to(Endpoint(host="::1", port=1, server_name="::1", address="::1"), None),
            "openssl s_client -connect '[::1]:1' -noservername",
        ),
        (
            to(Endpoint(host="10.0.0.1", port=1, server_name="10.0.0.1"), None),
            "openssl s_client -connect 10.0.0.1:1 -noservername",
        ),
        (
            to(Endpoint(host="10.0.1", port=1, server_name="10.0.1"), None),
            "openssl s_client -connect 10.0.1:1 -servername 10.0.1",
        ),
    ],
)
def test_a_handshake_is_repeated_with_openssl(asked: Probe, command: str) -> None:
    """It sends no request, as the probe sent none."""
    repeater = PLAIN if asked.identity == "anonymous" else REPEATER
    assert command_for(asked, repeater) == command


def test_a_generated_certificate_is_generated_again() -> None:
    """It exists nowhere; the command makes another of the same kind."""
    command = words(probe("expired"), REPEATER)
    assert command[:4] == ["specdrift", "check", "api.yaml", "https://api.test:8443/v1"]
    assert command[command.index("--include-path") + 1] == "/items/{id}"
    assert command[command.index("--include-method") + 1] == "GET"
    assert command[command.index("--cacert") + 1] == "my ca.pem"
    assert command[command.index("--config") + 1] == "conf/specdrift.toml"
    assert command[command.index("--identity") + 1 :] == ["bob=bob.p12,role=admin"]
    assert "--config" not in words(probe("expired"))


def test_a_line_without_a_colon_is_beyond_curl() -> None:
    """It writes header lines with a colon only; the form is sent with everything else."""
    line = Request(method="GET", target="/x", headers=(("X-Forwarded-User alice", ""),))
    assert words(probe(request=line))[:2] == ["specdrift", "check"]
    assert "--exhaustive" in words(probe(request=line))


@pytest.mark.parametrize(
    ("request_of", "method", "mode"),
    [(head_of, "POST", ["headers"]), (replace, "POST", ["send"]), (replace, "GET", [])],
)
def test_a_generated_certificate_of_an_unsafe_request(
    request_of: Callable[[Request], Request], method: str, mode: list[str]
) -> None:
    """The mode is part of the command: by default none is sent."""
    sent = request_of(Request(method=method, target="/x", body=b"ab"))
    asked = replace(
        probe("self-signed", request=sent), operation=OperationKey(method=method, path="/items/{id}")
    )
    again = words(asked)
    assert [after for option, after in pairwise(again) if option == "--unsafe-methods"] == mode


def test_a_generated_certificate_without_an_operation() -> None:
    """For the whole listener."""
    command = words(replace(probe("expired"), operation=None))
    assert "--include-path" not in command
    assert "--cacert" not in command


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@given(target=texts, name=texts.filter(lambda text: " " not in text), value=texts, body=texts)
def test_the_shell_passes_the_exact_arguments_to_curl(target: str, name: str, value: str, body: str) -> None:
    """Whatever is in a request: no word is split, joined or expanded."""
    request = Request(method="POST", target=target, headers=((f"X{name}", f"v{value}"),), body=body.encode())
    command = words(probe(request=request))
    assert f"X{name}: v{value}" in command
    assert any(word.endswith(target) for word in command[-2:])
    assert not body or command[command.index("--data-raw") + 1] == body


PUBLIC = Request(method="GET", target="/public")
ELSEWHERE = replace(ENDPOINT, host="public.test", server_name="public.test")


def test_a_request_that_went_ahead_is_sent_ahead() -> None:
    """By one curl, which keeps the connection; each with its own options."""
    asked = replace(probe(), priming=PUBLIC)
    priming, _, own = " ".join(words(asked)).partition(" --next ")
    assert priming == " ".join([*CURL, *RESOLVE, "https://api.test:8443/public"])
    assert own == " ".join([*CURL[1:], *RESOLVE, "https://api.test:8443/items/1"])


def resuming(identity: str = "anonymous", **changes: object) -> Probe:
    """Takes up a session of another name."""
    return replace(over(probe(identity), resumes=ELSEWHERE, **changes), priming=PUBLIC, check="resumption")


def test_a_session_is_made_and_taken_up_with_openssl() -> None:
    """At the one name first, with the request that went ahead; then at the other."""
    assert command_for(resuming()) == (
        r"printf %b 'GET /public HTTP/1.1\r\nHost: public.test:8443\r\nConnection: close\r\n\r\n'"
        " | openssl s_client -connect 192.0.2.1:8443 -servername public.test -sess_out session.pem -ign_eof; "
        r"printf %b 'GET /items/1 HTTP/1.1\r\nHost: api.test:8443\r\nConnection: close\r\n\r\n'"
        f" | {S_CLIENT} -sess_in session.pem -ign_eof"
    )


def test_both_connections_present_the_certificate() -> None:
    """The caller resumes its own session."""
    command = command_for(resuming("alice", tls=TlsRange.ONLY_1_2), REPEATER)
    options = """-tls1_2 -CAfile 'my ca.pem' -cert 'alice'"'"'s.pem' -key alice.key"""
    assert command.count(f"{options} -sess_") == 2


def test_early_data_comes_from_a_file() -> None:
    """As openssl wants it."""
    command = command_for(resuming(early_data=True))
    assert command.endswith(
        f"> request.txt; {S_CLIENT} -sess_in session.pem -ign_eof -early_data request.txt < /dev/null"
    )


@pytest.mark.parametrize("name", ["Authorization", "X-Tenant-Key"])
def test_no_secret_is_in_a_printed_request(name: str) -> None:
    """Which has headers of its own."""
    request = Request(method="POST", target="/x", headers=((name, SECRET), ("host", "a\\nb")), body=b"a\\b")
    repeater = replace(PLAIN, secret_headers=("x-tenant-key",))
    command = command_for(replace(resuming(), request=request), repeater)
    assert SECRET not in command.replace("'\"'\"'", "'")
    assert f"Content-Length: 3\\r\\n{name}: [redacted]\\r\\nhost: a\\\\nb\\r\\n\\r\\na\\\\b'" in command


@pytest.mark.parametrize("rule", ["resumption-bypass", "role-not-enforced", "identity-confused"])
def test_a_generated_certificate_is_reproduced_by_the_rule_of_the_finding(rule: str) -> None:
    """Another rule would not look for it, nor resume anything."""
    command = words(resuming("self-signed"), REPEATER, rule)
    assert command[command.index("--checks") + 1] == rule


def test_an_unverified_server_is_not_verified_in_the_command() -> None:
    """By curl and by specdrift; openssl continues in any case."""
    insecure = replace(REPEATER, insecure=True)
    for identity in ("alice", "expired"):
        command = words(probe(identity), insecure)
        assert "--insecure" in command
        assert "--cacert" not in command
        assert "--insecure" not in words(probe(identity), REPEATER)
    assert command_for(probe("alice", None), insecure) == command_for(probe("alice", None), REPEATER)


def test_a_followed_redirect_is_followed_by_curl() -> None:
    """One step, with the cookies of the response."""
    asked = probe()
    assert asked.request is not None
    follower = replace(asked, request=replace(asked.request, target="/internal"), follows=asked.id)
    command = PLAIN.command_for(asked, rule=RULE, followers=(follower,))
    following = ["--location", "--cookie", "", "--max-redirs", "1"]
    assert shlex.split(command) == ["curl", *following, *CURL[1:], *RESOLVE, "https://api.test:8443/items/1"]


def test_a_redirect_of_an_unsafe_request_is_written_out() -> None:
    """curl would repeat the method."""
    asked = probe(request=Request(method="PUT", target="/items/1"))
    follower = replace(asked, request=Request(method="GET", target="/done"), follows=asked.id)
    shown = shlex.split(PLAIN.command_for(asked, rule=RULE, followers=(follower,)))
    assert shown[shown.index("--next") + 1 :] == [*CURL[1:], *RESOLVE, "https://api.test:8443/done"]
