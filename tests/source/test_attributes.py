"""Documentation attributes of handlers against the routes that serve them."""

from pathlib import Path

import pytest

from tests.source.crates import only, reading, rules, served

RULE = "route-attribute-mismatch"
HANDLER = "#[utoipa::path({attribute})]\nasync fn order() {{}}\n"
WIRED = 'Router::new().route("/orders/{order_id}", get(order))'
NESTED = 'Router::new().nest("/v1", Router::new().route("/orders/{id}", get(order)))'
MATCHING = [
    (WIRED, 'get, path = "/orders/{id}"'),
    (NESTED, 'get, path = "/orders/{id}"'),
    (NESTED, 'get, path = "/v1/orders/{id}"'),
    (NESTED, 'get, path = "/orders/{id}", context_path = "/v1"'),
    ('Router::new().route("/orders/:id", get(order))', 'get, path = "/orders/{id}"'),
    ('Router::new().nest("/orders", Router::new().route("/", get(order)))', 'get, path = ""'),
    ('Router::new().nest("/orders", Router::new().route("/", get(order)))', 'get, path = "/"'),
    ('Router::new().route("/a", get(order)).route("/orders/{id}", get(order))', 'get, path = "/orders/{id}"'),
    ('Router::new().route("/orders/{id}", any(order))', 'post, path = "/orders/{id}"'),
    (
        'Router::new().nest("/{version}", Router::new().route("/orders", get(order)))',
        'get, path = "/v1/orders"',
    ),
    ("OpenApiRouter::new().routes(routes!(order))", 'get, path = "/orders/{id}"'),
]
DIFFERENT = [
    (WIRED, 'post, path = "/orders/{id}"', "another method"),
    (WIRED, 'get, path = "/order/{id}"', "another path"),
    (NESTED, 'get, path = "/v2/orders/{id}"', "another path"),
    ('Router::new().route("/orders/latest", get(order))', 'get, path = "/orders/{id}"', "another path"),
    ('Router::new().route("/health", get(|| async {}))', 'get, path = "/orders/{id}"', "no route serves it"),
]


@pytest.mark.parametrize(("app", "attribute"), MATCHING)
def test_an_attribute_that_fits_one_of_its_routes_is_no_finding(
    tmp_path: Path, app: str, attribute: str
) -> None:
    """The document may add a prefix; names of parameters do not count."""
    found = reading(tmp_path, served(app, HANDLER.format(attribute=attribute)))
    assert found.view.routes
    assert rules(found) == []


@pytest.mark.parametrize(("app", "attribute", "what"), DIFFERENT)
def test_an_attribute_that_fits_no_route_is_found_at_its_line(
    tmp_path: Path, app: str, attribute: str, what: str
) -> None:
    """With the route that serves the handler."""
    finding = only(reading(tmp_path, served(app, HANDLER.format(attribute=attribute))), RULE)
    assert what in finding.message
    assert "utoipa::path" in finding.location.text


@pytest.mark.parametrize(
    "more",
    ["fn other() { wire(order); }\n", "fn lost() -> Router { Router::new().route(&path(), get(order)) }\n"],
)
def test_a_handler_that_may_be_wired_elsewhere_is_no_finding(tmp_path: Path, more: str) -> None:
    """Other code names it, or a route was not read."""
    code = HANDLER.format(attribute='get, path = "/orders/{id}"') + more
    found = reading(tmp_path, served('Router::new().route("/health", get(|| async {}))', code))
    assert RULE not in {rule for rule, _ in rules(found)}


def test_a_route_below_an_unknown_prefix_may_have_the_documented_path(tmp_path: Path) -> None:
    """What is documented is longer."""
    app = 'Router::new().nest(&prefix(), Router::new().route("/orders/{id}", get(order)))'
    found = reading(tmp_path, served(app, HANDLER.format(attribute='get, path = "/api/orders/{id}"')))
    assert rules(found) == []


def test_a_function_that_only_carries_the_documentation_is_no_finding(tmp_path: Path) -> None:
    """Another handler serves what it documents."""
    code = '#[utoipa::path(get, path = "/v1/orders/{id}/")]\nfn order_docs() {}\nasync fn order() {}\n'
    assert rules(reading(tmp_path, served(NESTED, code))) == []
