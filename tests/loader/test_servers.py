"""Where the operations are: servers of the operation, else of the path item, else of the root."""

from pathlib import Path

import pytest

from specdrift.loader import ConfiguredParts, load
from specdrift.settings import LoaderSettings
from tests.loader.documents import SPECS, loaded, operation, said, written


def test_the_nearest_servers_count() -> None:
    """An empty list counts as none; variables take their default."""
    contract = loaded(SPECS, "rules/16-servers.yaml")
    assert {o.key.method: o.servers for o in contract.operations if o.key.path == "/item"} == {
        "GET": ("https://item.example.com",),
        "PUT": ("/relative",),
        "POST": ("https://item.example.com",),
    }
    assert operation(contract, "GET /root").servers == contract.servers == ("https://eu.example.com/v1",)


def test_variables_come_from_the_configuration_first() -> None:
    """``[server] variables``."""
    contract = load(
        "rules/16-servers.yaml", LoaderSettings(), ConfiguredParts(variables={"region": "us"}), cwd=SPECS
    )
    assert contract.servers == ("https://us.example.com/v1",)


@pytest.mark.parametrize("name", ["rules/16-no-servers.yaml", "rules/05-anonymous.yaml"])
def test_without_servers_there_is_the_root(name: str) -> None:
    """Server Object: the default is ``/``."""
    assert loaded(SPECS, name).servers == ("/",)


@pytest.mark.parametrize(
    ("one", "other", "servers"),
    [
        ("https://a.example.com/v1", "https://a.example.com/v1", ("https://a.example.com/v1",)),
        ("https://a.example.com/v1", "https://b.example.com/v1", ("/",)),
        ("/v2", "/v2", ("/",)),
    ],
)
def test_without_servers_at_the_root_those_that_all_operations_have_stand_for_it(
    tmp_path: Path, one: str, other: str, servers: tuple[str, ...]
) -> None:
    """A host that each path names is the API's, which a base URL takes the place of; a path is still one's own."""
    items = "".join(
        f"  {path}: {{servers: [{{url: {url}}}], get: {{responses: {{}}}}}}\n"
        for path, url in (("/a", one), ("/b", other))
    )
    written(tmp_path, f"openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n{items}")
    contract = loaded(tmp_path)
    assert contract.servers == servers
    assert [o.servers for o in contract.operations] == [(one,), (other,)]


def test_the_servers_of_the_entry_count_in_every_file() -> None:
    """Those of a referenced document are its own business."""
    (found, _) = loaded(SPECS, "rules/10-names-of-the-entry.yaml").operations
    assert found.servers == ("https://entry.example.com",)


def test_servers_ignore_self() -> None:
    """``$self`` is the base of references only."""
    assert loaded(SPECS, "rules/17-self.yaml").servers == ("v1",)


def test_swagger_2_has_schemes_host_and_base_path() -> None:
    """Of the schemes only those that HTTP has."""
    assert loaded(SPECS, "rules/16-servers-2.0.yaml").servers == (
        "https://api.example.com/v1",
        "http://api.example.com/v1",
    )


@pytest.mark.parametrize(
    ("members", "servers"),
    [
        ("host: a.example.com", ("https://a.example.com",)),
        ("basePath: /v1", ("/v1",)),
        ("schemes: [http]", ("/",)),
    ],
)
def test_swagger_2_may_leave_parts_out(tmp_path: Path, members: str, servers: tuple[str, ...]) -> None:
    """Without a host it is relative."""
    written(tmp_path, f"swagger: '2.0'\n{members}\npaths: {{/a: {{get: {{}}}}}}\n")
    assert loaded(tmp_path).servers == servers


def test_unusual_servers_are_handled(tmp_path: Path) -> None:
    """Entries without a URL are reported; a variable without a default stays as it is, and is reported."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        servers: [7, {url: 7}, {url: 'https://{x}/{y}', variables: {y: 7}}]
        paths: {/a: {get: {servers: {}}}}
        """,
    )
    contract = loaded(tmp_path)
    assert contract.operations[0].servers == ("https://{x}/{y}",)
    assert [one for one in said(contract.diagnostics) if "variable" in one] == [
        (
            'openapi.yaml:2: server variable "x" is not defined: https://{x}/{y} is not a usable URL. Define it with a '
            "default, or set it: [server] variables = { x = ... }."
        ),
        (
            'openapi.yaml:2: server variable "y" has no default: https://{x}/{y} is not a usable URL. Define it with a '
            "default, or set it: [server] variables = { y = ... }."
        ),
    ]


@pytest.mark.parametrize("place", ["the document", "the path", "the operation"])
def test_an_undefined_server_variable_is_reported_with_its_line(tmp_path: Path, place: str) -> None:
    """At each level; a configured value defines it."""
    servers = "servers: [{url: 'https://{region}.example.com'}]"
    text = {
        "the document": f"openapi: 3.1.0\n{servers}\npaths: {{/a: {{get: {{}}}}}}\n",
        "the path": f"openapi: 3.1.0\npaths: {{/a: {{{servers}, get: {{}}}}}}\n",
        "the operation": f"openapi: 3.1.0\npaths: {{/a: {{get: {{{servers}}}}}}}\n",
    }
    written(tmp_path, text[place])
    (found,) = loaded(tmp_path).diagnostics
    assert found.rule == "undefined-server-variable"
    assert found.location is not None
    assert (found.location.line, found.location.text.count("{region}")) == (2, 1)
    configured = load(
        "openapi.yaml", LoaderSettings(), ConfiguredParts(variables={"region": "eu"}), cwd=tmp_path
    )
    assert not configured.diagnostics


def variables(**values: str) -> str:
    """The head of a document with one server whose variables have these values."""
    listed = ", ".join(
        f"{name}: {{default: {value.split(', ')[0]}, enum: [{value}]}}" for name, value in values.items()
    )
    url = "https://" + ".".join(f"{{{name}}}" for name in values) + "/{v}"
    return (
        f"openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\nservers: [{{url: '{url}', variables: {{{listed}, "
        "v: {default: v1, enum: [v1, v2]}}}]\npaths: {/a: {get: {responses: {}}}}\n"
    )


def test_each_listed_value_of_a_variable_is_a_server(tmp_path: Path) -> None:
    """Requests go to the default; a variable of the path chooses no other server."""
    written(tmp_path, variables(a="x, y", b="u, w"))
    (found,) = loaded(tmp_path).operations
    assert found.servers == ("https://x.u/v1",)
    assert found.allowed_servers == ("https://x.u/v1", "https://x.w/v1", "https://y.u/v1", "https://y.w/v1")


def test_a_configured_value_is_the_only_one(tmp_path: Path) -> None:
    """``[server] variables`` says which server it is."""
    written(tmp_path, variables(a="x, y"))
    (found,) = load(
        "openapi.yaml", LoaderSettings(), ConfiguredParts(variables={"a": "y"}), cwd=tmp_path
    ).operations
    assert found.allowed_servers == found.servers == ("https://y/v1",)


def test_the_combinations_of_many_values_are_bounded(tmp_path: Path) -> None:
    """Each value appears, and the URL as written stands for the combinations that are left out."""
    written(tmp_path, variables(**{f"a{number}": "x, y" for number in range(12)}))
    (found,) = loaded(tmp_path).operations
    assert len(found.allowed_servers) < 30
    assert any("{a0}" in url for url in found.allowed_servers)
    assert all(any(f"y{'.x' * (11 - n)}/v1" in url for url in found.allowed_servers) for n in range(12))


@pytest.mark.parametrize(("values", "found"), [("http, https", False), ("http", True)])
def test_a_certificate_needs_one_allowed_server_with_tls(tmp_path: Path, values: str, *, found: bool) -> None:
    """A variable whose default is http may still choose https."""
    written(
        tmp_path,
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nsecurity: [{mtls: []}]\n"
        f"servers: [{{url: '{{p}}://a.example', variables: {{p: {{default: http, enum: [{values}]}}}}}}]\n"
        "paths: {/a: {get: {responses: {}}}}\ncomponents: {securitySchemes: {mtls: {type: mutualTLS}}}\n",
    )
    assert any("no server uses TLS" in each for each in said(loaded(tmp_path).diagnostics)) is found
