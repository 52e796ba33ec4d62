"""``option_layer``: a guard in an option that is surely there is one, any other depends on a condition."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

CODE = """
const STRICT: bool = true;
const OPEN: bool = false;
async fn data() {}
async fn mtls(request: Request, next: Next) -> Result<Response, StatusCode> {
    request.extensions().get::<CertificateDer>().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(request).await)
}
fn app() -> Router {
    BEFORE
    Router::new().route("/data", get(data)).layer(LAYER)
}
"""
VARIABLE = "let layer = {};"
SURE = {
    "Some": "Some(from_fn(mtls))",
    "by a flag": "STRICT.then(|| from_fn(mtls))",
    "by a flag that is not set": "(!OPEN).then_some(from_fn(mtls))",
    "by a branch": "if OPEN { None } else { Some(from_fn(mtls)) }",
    "a copy": "Some(from_fn(mtls)).clone()",
}
UNSURE = {
    "None": "None",
    "by a flag that is not set": "OPEN.then(|| from_fn(mtls))",
    "by a condition": "dev().then(|| from_fn(mtls))",
    "by a branch of a condition": "if dev() { None } else { Some(from_fn(mtls)) }",
    "filtered": "Some(from_fn(mtls)).filter(|_| false)",
    "of another crate": "other::layer()",
}
MAKING = ["option_layer({})", "ServiceBuilder::new().option_layer({})"]


def _guards(folder: Path, before: str, layer: str) -> list[tuple[Guarding, bool]]:
    code = CODE.replace("BEFORE", before).replace("LAYER", layer)
    found = reading(folder, served("app()", code)).view.routes
    return [(route.guard, route.guard_conditional) for route in found]


@pytest.mark.parametrize("making", MAKING)
@pytest.mark.parametrize("option", SURE.values(), ids=SURE)
def test_a_layer_that_is_surely_there_is_a_guard(tmp_path: Path, option: str, making: str) -> None:
    """By itself and in a variable."""
    for name, before, layer in (("direct", "", option), ("variable", VARIABLE.format(option), "layer")):
        (tmp_path / name).mkdir()
        assert _guards(tmp_path / name, before, making.format(layer)) == [(Guarding.CERTIFICATE, False)]


@pytest.mark.parametrize("making", MAKING)
@pytest.mark.parametrize("option", UNSURE.values(), ids=UNSURE)
def test_any_other_is_none_for_sure(tmp_path: Path, option: str, making: str) -> None:
    """It is not there, or a condition decides."""
    for name, before, layer in (("direct", "", option), ("variable", VARIABLE.format(option), "layer")):
        (tmp_path / name).mkdir()
        assert (Guarding.CERTIFICATE, False) not in _guards(tmp_path / name, before, making.format(layer))


CONDITIONS = {
    "a flag": ("let strict = dev();", "option_layer(strict.then(|| from_fn(mtls)))", "dev()"),
    "a branch": ("", "option_layer(if dev() { None } else { Some(from_fn(mtls)) })", "dev()"),
    "a match": (
        "",
        "option_layer(match mode() { Mode::Dev => None, _ => Some(from_fn(mtls)) })",
        "mode()",
    ),
}


@pytest.mark.parametrize(("before", "layer", "condition"), CONDITIONS.values(), ids=CONDITIONS)
def test_the_condition_is_named(tmp_path: Path, before: str, layer: str, condition: str) -> None:
    """With its line."""
    code = CODE.replace("BEFORE", before).replace("LAYER", layer)
    (route,) = reading(tmp_path, served("app()", code)).view.routes
    assert f"depending on {condition} (" in route.guard_name
