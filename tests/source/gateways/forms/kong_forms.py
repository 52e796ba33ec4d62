"""Forms of Kong: plugins of routes, services and consumers. No Kong runs here: they follow its documentation."""

from __future__ import annotations

from tests.source.gateways.forms.form import Attack, Form
from tests.source.gateways.kong.kong_texts import kong, mtls, plugin, route

FILE = "kong.yml"
CONF = ("proxy_listen = 0.0.0.0:443 ssl\n", "proxy_listen = 0.0.0.0:443 ssl\n")
ANONYMOUS = [{"username": "guest"}]
OPEN = route(paths=["~/public$"], name="public", hosts=["api.example"])
FILES = {"kong.conf": CONF}


def form(good: str, faulty: str, attack: Attack | None = None) -> Form:
    """A form with the ports of Kong."""
    return Form(good, faulty, attack or Attack(), FILES)


def all_paths(*plugins: dict[str, object]) -> dict[str, object]:
    """A route of everything."""
    return route(*plugins, paths=["/"], name="all", hosts=["api.example"])


FORMS = {
    "a plugin of one route": form(
        kong(all_paths(mtls()), OPEN),
        kong(all_paths(mtls()), route(paths=["~/(public|secure)"], name="public", hosts=["api.example"])),
    ),
    "anonymous consumers": form(
        kong(all_paths(mtls()), OPEN),
        kong(all_paths(mtls(anonymous="guest")), OPEN, consumers=ANONYMOUS),
    ),
    "anonymous consumers that are refused": form(
        kong(
            all_paths(mtls(anonymous="guest")),
            OPEN,
            consumers=[
                {"username": "guest", "plugins": [plugin("request-termination", {"status_code": 403})]}
            ],
        ),
        kong(
            all_paths(mtls(anonymous="guest")),
            OPEN,
            consumers=[
                {
                    "username": "guest",
                    "plugins": [plugin("request-termination", {"status_code": 403}, enabled=False)],
                }
            ],
        ),
    ),
    "a plugin that is switched off": form(
        kong(all_paths(mtls()), OPEN), kong(all_paths({**mtls(), "enabled": False}), OPEN)
    ),
    "another instance at the route": form(
        kong(all_paths(), OPEN, plugins=[mtls()]),
        kong(all_paths({**mtls(anonymous="guest")}), OPEN, plugins=[mtls()], consumers=ANONYMOUS),
    ),
    "a route for other methods": form(
        kong(all_paths(mtls()), OPEN),
        kong(
            route(mtls(), paths=["/secure"], methods=["POST"], name="guarded", hosts=["api.example"]),
            all_paths(),
        ),
    ),
    "a route by a header": form(
        kong(all_paths(mtls()), OPEN),
        kong(
            all_paths(mtls()),
            route(paths=["/"], headers={"x-internal": ["1"]}, name="inside", hosts=["api.example"]),
        ),
        Attack(headers={"x-internal": "1"}),
    ),
    "a request for a certificate alone": form(
        kong(all_paths(mtls()), OPEN), kong(all_paths(plugin("tls-handshake-modifier")), OPEN)
    ),
}
