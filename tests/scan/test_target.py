"""A host is probed under the name of its resolver, its certificate and its virtual hosts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift import scan
from specdrift.cli.main import run as command_line
from specdrift.config.value_types.hosts import SHOWN
from specdrift.errors import ExitStatus, UsageError
from specdrift.model.exchange.probe import Endpoint
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.scan.execution import engine
from specdrift.scan.preparation.alternate_endpoints import alternate_endpoints
from specdrift.scan.preparation.target import endpoint_of
from specdrift.settings import NetworkSettings, Resolve, ServerSettings, Settings
from tests.crawler.peers import answering, fields, server_context, serving
from tests.scan.running import run, settings_for
from tests.servers.cases import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

A_LABELS = "xn--bcher-kva.example"
URL = "https://bücher.example:8443/v1"


def allowing(*hosts: str, resolve: tuple[Resolve, ...] = ()) -> Settings:
    """Settings under which these hosts may be asked."""
    return Settings(network=NetworkSettings(allow_hosts=hosts, resolve=resolve))


@pytest.mark.parametrize(
    ("host", "sent"),
    [
        ("bücher.example", A_LABELS),
        ("BÜCHER.example", A_LABELS),
        ("bu\u0308cher.example", A_LABELS),
        ("straße.example", "xn--strae-oqa.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        (A_LABELS, A_LABELS),
        ("api_1.example.", "api_1.example."),
        ("LOCALHOST", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[2001:db8::1]", "2001:db8::1"),
        (f"{'a' * 63}.example", f"{'a' * 63}.example"),
    ],
)
def test_a_host_is_sent_in_a_labels(host: str, sent: str) -> None:
    """By IDNA 2008, mapped by UTS 46; ASCII names are unchanged."""
    endpoint = endpoint_of(f"https://{host}", ServerSettings(), NetworkSettings())
    assert (endpoint.host, endpoint.server_name) == (sent, sent)


@pytest.mark.parametrize(
    "host", ["a..example", f"{'a' * 64}.example", "xn--\u00fc.example", "\u2603.example", "ü" * 64]
)
def test_a_host_that_cannot_be_sent_is_a_usage_error(host: str, capfd: pytest.CaptureFixture[str]) -> None:
    """One sentence and exit status 2, before anything is sent."""
    assert command_line(["check", str(FOLDER / "openapi.yaml"), f"https://{host}"]) == ExitStatus.USAGE
    shown = host if len(host) <= SHOWN else f"{host[:SHOWN]}…"
    assert capfd.readouterr().err.startswith(f'error: BASE_URL: base-url: "{shown}" is no host name: ')


def located(url: str, settings: Settings) -> Endpoint:
    """Return the endpoint of a base URL."""
    return endpoint_of(url, settings.server, settings.network)


def test_either_form_of_a_host_may_be_configured() -> None:
    """In the URL, among the allowed hosts, for a pinned address, and as the server's name."""
    unicode, ascii_ = "bücher.example", A_LABELS
    pin = (Resolve(host=unicode, port=8443, address="127.0.0.1"),)
    wanted = Endpoint(host=A_LABELS, port=8443, server_name=A_LABELS, address="127.0.0.1")
    for url in (URL, URL.replace(unicode, ascii_)):
        for allowed in (unicode, ascii_):
            assert located(url, allowing(allowed, resolve=pin)) == wanted
    named = replace(allowing(), server=ServerSettings(server_name="müller.example"))
    assert located(URL, named).server_name == "xn--mller-kva.example"
    with pytest.raises(
        UsageError, match=r"bücher\.example is not in network\.allow-hosts \(other\.example\)"
    ):
        located(URL, allowing("other.example"))


def test_endpoints_of_the_same_host_are_its_own_in_either_form(pki: TestPki, tmp_path: Path) -> None:
    """They are shown as written, and probed under the A-label."""
    document = tmp_path / "openapi.yaml"
    document.write_text(
        f"openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\nservers: [{{url: 'https://{A_LABELS}:9443/v2'}}, "
        "{url: 'https://bücher.example:8443/v3'}, {url: 'https://ücher.example/v1'}, {url: 'https://a..b/'}]\n"
        "paths: {/secure: {get: {responses: {'200': {description: ok}}}}}\n",
        encoding="utf-8",
    )
    found = scan.prepare(settings_for(pki, URL, spec=str(document)))
    endpoints = alternate_endpoints(found)
    assert [endpoint.url for endpoint in endpoints] == [
        "http://bücher.example:8443/v1",
        f"https://{A_LABELS}:9443/v2",
        "https://bücher.example:8443/v3",
    ]
    assert {endpoint.endpoint.host for endpoint in endpoints} == {A_LABELS}
    assert [entry.reason for entry in found.skipped if "ücher.example" in entry.reason] == [
        "the document's servers at ücher.example: other hosts are probed only if network.allow-hosts names them"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("host", "sent"), [("bücher.example", A_LABELS), ("books.example", "books.example")])
def test_host_and_sni_have_a_labels(host: str, sent: str, pki: TestPki) -> None:
    """On the wire; the result shows the URL as written."""
    names: list[str | None] = []
    context = server_context(pki)
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    with serving(answering(), context) as peer:
        url = f"https://{host}:{peer.port}"
        settings = settings_for(
            pki,
            url,
            server=ServerSettings(insecure=True),
            network=NetworkSettings(
                timeout=5, resolve=(Resolve(host=host, port=peer.port, address="127.0.0.1"),)
            ),
            checks=("mtls-not-enforced",),
            skip_checks=(),
        )
        result = run(settings)
    hosts = {value for request in peer.requests for name, value in fields(request) if name == b"host"}
    assert hosts == {f"{sent}:{peer.port}".encode()}
    assert set(names) == {sent}
    assert result.target.base_url == url


def test_further_names_are_sent_in_a_labels_too(pki: TestPki) -> None:
    """Names of the listener, and of identities accepted elsewhere."""
    settings = settings_for(pki, URL, checks=("host-sni-confusion", "resumption-bypass"), skip_checks=())
    settings = replace(
        settings,
        server=replace(settings.server, names=("müller.example",)),
        identities=tuple(replace(one, names=("größe.example",)) for one in settings.identities),
    )
    ready = scan.prepare(settings)
    probes = scan.plan(ready)
    ways = [p.connection.endpoint for p in probes] + [
        p.connection.resumes for p in probes if p.connection.resumes
    ]
    names = {name for endpoint in ways for name in (endpoint.host, endpoint.server_name)}
    names |= {value for p in probes if p.request for name, value in p.request.headers if name == "Host"}
    assert "xn--mller-kva.example" in names
    assert ready.identities["alice"].names == ("xn--gre-6ka8i.example",)
    assert sorted(name for name in names if not name.isascii()) == []


def test_a_host_that_does_not_resolve_is_named_as_it_was_written(
    pki: TestPki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The A-label may be unknown to the reader."""

    async def nowhere(_: Endpoint) -> tuple[str, ...]:
        await asyncio.sleep(0)
        return ()

    monkeypatch.setattr(engine, "addresses_of", nowhere)
    assert run(settings_for(pki, URL)).problem == Problem(
        kind=ProblemKind.UNREACHABLE, text="bücher.example does not resolve to an address"
    )
