"""Two items of one name, of which each build has another one: what only some builds have is no certain accusation."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from specdrift.source import SourceAnalysis, SourceQuery, read
from tests.source.crates import MANIFEST, crate, served

OPEN = "async fn mtls(request: Request, next: Next) -> Response { next.run(request).await }"
CHECKING = (
    "async fn mtls(request: Request, next: Next) -> Result<Response, StatusCode> {\n"
    "    request.extensions().get::<CertificateDer>().ok_or(StatusCode::UNAUTHORIZED)?;\n"
    "    Ok(next.run(request).await)\n}\n"
)
IN_MODULES = (
    "#[cfg({0})]\nmod guard {{ use super::*; pub {1} }}\n"
    "#[cfg(not({0}))]\nmod guard {{ use super::*; pub {2} }}\n"
)
FORMS = {
    "functions": ("#[cfg({0})]\n{1}\n#[cfg(not({0}))]\n{2}\n", "mtls"),
    "functions of modules": (IN_MODULES, "guard::mtls"),
}


def _read(folder: Path, form: tuple[str, str], condition: str, default: str) -> SourceAnalysis:
    written, name = form
    code = written.format(condition, OPEN, CHECKING)
    app = f'Router::new().route("/data", get(data)).layer(from_fn({name}))'
    crate(folder, served(app, f"{code}async fn data() {{}}\n"))
    manifest = f"{MANIFEST}\n[features]\ndefault = [{default}]\nopen = []\n"
    (folder / "Cargo.toml").write_text(manifest, encoding="utf-8")
    return read(SourceQuery(folder=folder))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_feature_that_is_no_default_is_a_doubt(tmp_path: Path, form: tuple[str, str]) -> None:
    """It may be enabled for what is deployed: the guard is undecided, and nothing is reported of the open one."""
    found = _read(tmp_path, form, 'feature = "open"', "")
    (route,) = found.view.routes
    assert route.guard is Guarding.UNKNOWN
    assert [one.rule for one in found.findings] == []


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_default_feature_decides(tmp_path: Path, form: tuple[str, str]) -> None:
    """The guard that it opens is none."""
    (route,) = _read(tmp_path, form, 'feature = "open"', '"open"').view.routes
    assert route.guard is Guarding.NONE


def test_what_all_release_builds_have_is_reported(tmp_path: Path) -> None:
    """A guard that checks in debug builds alone."""
    found = _read(tmp_path, FORMS["functions"], "not(debug_assertions)", "")
    assert [one.rule for one in found.findings] == ["guard-checks-nothing"]
    assert _read(tmp_path, FORMS["functions"], "debug_assertions", "").findings == ()


def test_the_condition_is_named(tmp_path: Path) -> None:
    """With its line."""
    (route,) = _read(tmp_path, FORMS["functions"], 'feature = "open"', "").view.routes
    assert 'depending on cfg(feature = "open") (' in route.guard_name


def test_an_extractor_of_some_builds_is_a_doubt(tmp_path: Path) -> None:
    """A middleware that takes it may let everybody through."""
    impl = "impl<S> FromRequestParts<S> for Must {{ type Rejection = StatusCode; {0} }}\n"
    method = (
        "async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {{ {0} Ok(Must) }}"
    )
    check = "parts.extensions.get::<CertificateDer>().ok_or(StatusCode::UNAUTHORIZED)?;"
    code = (
        f'struct Must;\n#[cfg(feature = "open")]\n{impl.format(method.format(""))}'
        f'#[cfg(not(feature = "open"))]\n{impl.format(method.format(check))}'
        "async fn mtls(_: Must, request: Request, next: Next) -> Response { next.run(request).await }\n"
        "async fn data() {}\n"
    )
    crate(tmp_path, served('Router::new().route("/data", get(data)).layer(from_fn(mtls))', code))
    (route,) = read(SourceQuery(folder=tmp_path)).view.routes
    assert route.guard is Guarding.UNKNOWN
