"""Each finding about Traefik with a configuration that has the fault, and its twin that has it not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.joined import OPEN, found
from tests.source.gateways.traefik import test_resource_join as resources
from tests.source.gateways.traefik.test_resource_join import PLAIN, options, route
from tests.source.gateways.traefik.test_traefik_join import (
    CHECKS,
    GIVEN,
    REQUIRE,
    ROUTER,
    STATIC,
    WEB,
    middlewares,
    read,
)

if TYPE_CHECKING:
    from pathlib import Path

SECURE, PUBLIC = "GET /secure", "GET /public"
TLS, NO_TLS = "tls: {}", "entryPoints: [web]"


def router(rule: str, *uses: str, ends: str = TLS, name: str = "more") -> str:
    """Another router of the service."""
    return f"    {name}:\n      rule: {rule}\n      service: api\n      {ends}\n{middlewares(*uses) if uses else ''}"


def files(more: str = "", mode: str = REQUIRE, *, rule: str = "", default: str = "") -> str:
    """Dynamic files: the router of the host, and more."""
    made = ROUTER % (more, mode, default)
    return made.replace("rule: Host(`api.example`)", f"rule: {rule}", 1) if rule else made


HOST = "Host(`api.example`)"
OTHER = "Host(`www.example`)"
PAIRS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("gateway-optional-unchecked", SECURE): (files(mode=GIVEN), files(), OPEN),
    ("gateway-certificate-not-requested", SECURE): (files(mode="NoClientCert"), files(), OPEN),
    ("gateway-accepts-untrusted", SECURE): (files(mode="RequireAnyClientCert"), files(), OPEN),
    ("gateway-trusts-client-header", SECURE): (
        files(middlewares("pass"), GIVEN) + "# trusted",
        files(middlewares("pass"), GIVEN),
        CHECKS,
    ),
    ("gateway-plaintext-to-same-upstream", SECURE): (
        files(router(HOST, ends=NO_TLS)),
        files(router(HOST, "secure", ends=NO_TLS)),
        OPEN,
    ),
    ("gateway-server-bypass", SECURE): (
        files(router(OTHER)),
        files(router(OTHER, ends="tls: { options: clients }")),
        OPEN,
    ),
    ("gateway-location-bypass", SECURE): (
        files(router(f"{HOST} && PathPrefix(`/v1`)", "strip", ends=NO_TLS)),
        files(router(f"{HOST} && PathPrefix(`/v1/public`)", "strip", ends=NO_TLS)),
        OPEN,
    ),
    ("open-route-guarded", PUBLIC): (
        files(),
        files(router(f"{HOST} && Path(`/public`)", ends=NO_TLS)),
        OPEN,
    ),
    ("documented-route-missing", PUBLIC): (files(rule=f"{HOST} && Path(`/secure`)"), files(), OPEN),
}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_a_finding_of_files_and_its_twin(pair: tuple[str, str], tmp_path: Path) -> None:
    """The twin has no such finding, and everything is decided."""
    faulty, correct, behind = PAIRS[pair]
    for name, text in (("faulty", faulty), ("correct", correct)):
        folder = tmp_path / name
        folder.mkdir()
        trusted = "    forwardedHeaders: { insecure: true }\n" if text.endswith("# trusted") else ""
        result = read(folder, text, STATIC % (trusted + WEB), behind)
        rules = {(rule, operation) for rule, operation, _ in found(result)}
        assert (pair in rules) is (name == "faulty"), rules
        assert result.undecided == ()


OPTIONS = options(REQUIRE) + resources.SERVICE


def more(rule: str, extra: str = "", *, tls: str = "") -> str:
    """Another route of the service."""
    return route(rule, name="more", tls=tls, more=extra)


STRIP = resources.middleware("strip", "stripPrefix: { prefixes: [/v1] }")
STRIPPED = ", middlewares: [{ name: strip }]"
TO_TLS = resources.middleware("secure", "redirectScheme: { scheme: https }")
SECURED = ", middlewares: [{ name: secure }]"
OF_RESOURCES: dict[tuple[str, str], tuple[str, str]] = {
    ("gateway-optional-unchecked", SECURE): (route() + options(GIVEN) + resources.SERVICE, route() + OPTIONS),
    ("gateway-certificate-not-requested", SECURE): (route(tls="{}") + OPTIONS, route() + OPTIONS),
    ("gateway-accepts-untrusted", SECURE): (
        route() + options("RequireAnyClientCert") + resources.SERVICE,
        route() + OPTIONS,
    ),
    ("gateway-plaintext-to-same-upstream", SECURE): (
        route() + more(HOST) + OPTIONS,
        route() + more(HOST, SECURED) + TO_TLS + OPTIONS,
    ),
    ("gateway-server-bypass", SECURE): (
        route() + more(OTHER, tls="{}") + OPTIONS,
        route() + more(OTHER, tls="{ options: { name: clients } }") + OPTIONS,
    ),
    ("gateway-location-bypass", SECURE): (
        route() + more(f"{HOST} && PathPrefix(`/v1`)", STRIPPED) + STRIP + OPTIONS,
        route() + more(f"{HOST} && PathPrefix(`/v1/public`)", STRIPPED) + STRIP + OPTIONS,
    ),
    ("open-route-guarded", PUBLIC): (
        route() + OPTIONS,
        route() + more(f"{HOST} && Path(`/public`)") + OPTIONS,
    ),
    ("documented-route-missing", PUBLIC): (
        route(f"{HOST} && Path(`/secure`)") + OPTIONS,
        route() + OPTIONS,
    ),
}


@pytest.mark.parametrize("pair", OF_RESOURCES, ids=lambda pair: pair[0])
def test_a_finding_of_resources_and_its_twin(pair: tuple[str, str], tmp_path: Path) -> None:
    """The twin has no such finding, and everything is decided."""
    for name, text in zip(("faulty", "correct"), OF_RESOURCES[pair], strict=True):
        folder = tmp_path / name
        folder.mkdir()
        result = resources.read(folder, text, PLAIN)
        rules = {(rule, operation) for rule, operation, _ in found(result)}
        assert (pair in rules) is (name == "faulty"), rules
        assert result.undecided == ()
