"""Forms of Traefik: TLS options by router, name and entry point."""

from __future__ import annotations

from tests.source.gateways.forms.form import Attack, Form

FILE = "dynamic.yml"
STATIC = """
entryPoints: { websecure: { address: ":443" } }
providers: { file: { filename: /etc/traefik/dynamic.yml } }
"""
FILES = {"traefik.yml": (STATIC, STATIC)}
SERVICES = 'services: { api: { loadBalancer: { servers: [ { url: "http://@UP@" } ] } } }'
OPTION = "{ clientAuth: { caFiles: [ca.pem], clientAuthType: %s } }"
REQUIRED, OPTIONAL = OPTION % "RequireAndVerifyClientCert", OPTION % "VerifyClientCertIfGiven"


def dynamic(*routers: str, options: str, more: str = "") -> str:
    """A file of routers and options."""
    inner = "\n    ".join(routers)
    return f"""
http:
  {SERVICES}
  {more}
  routers:
    {inner}
tls:
  options:
    {options}
"""


def router(name: str, rule: str, option: str = "", more: str = "") -> str:
    """A router with TLS."""
    tls = f"{{ options: {option} }}" if option else "{}"
    return f'{name}: {{ rule: "{rule}", service: api, entryPoints: [websecure], tls: {tls}{more} }}'


API = "Host(`api.example`)"
FORMS = {
    "the type of an option": Form(
        dynamic(router("api", API, "mtls"), options=f"mtls: {REQUIRED}"),
        dynamic(router("api", API, "mtls"), options=f"mtls: {OPTIONAL}"),
        files=FILES,
    ),
    "a router without the option": Form(
        dynamic(router("api", API, "mtls"), options=f"mtls: {REQUIRED}"),
        dynamic(router("api", API), options=f"mtls: {REQUIRED}"),
        files=FILES,
    ),
    "the default option": Form(
        dynamic(router("api", API), options=f"default: {REQUIRED}"),
        dynamic(router("api", API), options=f"default: {OPTIONAL}"),
        files=FILES,
    ),
    "routers of one host with different options": Form(
        dynamic(
            router("api", API, "mtls"),
            router("web", f"{API} && Path(`/public`)", "mtls"),
            options=f"mtls: {REQUIRED}",
        ),
        dynamic(
            router("api", API, "mtls"),
            router("web", f"{API} && Path(`/public`)", "open"),
            options=f"mtls: {REQUIRED}\n    open: {OPTIONAL}",
        ),
        files=FILES,
    ),
    "the name of another host in the handshake": Form(
        dynamic(router("api", API, "mtls"), options=f"mtls: {REQUIRED}\n    default: {REQUIRED}"),
        dynamic(
            router("api", "PathPrefix(`/`)", "mtls"),
            options=f"mtls: {REQUIRED}\n    default: {OPTIONAL}",
        ),
        Attack(server_name="other.example"),
        files=FILES,
    ),
}
