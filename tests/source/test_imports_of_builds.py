"""Guards of which builds have different ones under one name: by imports, by modules, and by the files of modules."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.crates import reading, served

APP = 'Router::new().route("/orders", get(|| async {})).layer(from_fn(mtls))'
GUARDS = """
#[derive(Clone)]
struct Peer(Option<CertificateDer<'static>>);
mod real {
    use super::*;
    pub async fn mtls(Extension(peer): Extension<Peer>, req: Request, next: Next) -> Result<Response, StatusCode> {
        peer.0.ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(next.run(req).await)
    }
}
mod stub { pub async fn mtls(req: Request, next: Next) -> Response { next.run(req).await } }
"""
REAL, STUB = "use real::mtls;\n", "use stub::mtls;\n"


@pytest.mark.parametrize(
    ("imports", "guards"),
    [
        (f'#[cfg(not(feature = "mtls"))] {STUB}#[cfg(feature = "mtls")] {REAL}', False),
        (f"#[cfg(debug_assertions)] {STUB}#[cfg(not(debug_assertions))] {REAL}", False),
        (f"#[cfg(test)] {STUB}#[cfg(not(test))] {REAL}", True),
        (f"#[cfg(unix)] {REAL}#[cfg(not(unix))] {STUB}", True),
        (REAL, True),
    ],
)
def test_both_functions_that_builds_import_count(tmp_path: Path, imports: str, guards: bool) -> None:  # noqa: FBT001
    """A build without the guard leaves the operation undecided; a build for tests is no server."""
    (route,) = reading(tmp_path, served(APP, imports + GUARDS)).view.routes
    assert route.guard.certain is guards
    assert guards or route.guard is Guarding.UNKNOWN


OWN = GUARDS.partition("mod real {")[0]
GUARD = GUARDS.partition("mod real {")[2].partition("}\nmod stub")[0]
OPEN = "use super::*; pub async fn mtls(req: Request, next: Next) -> Response { next.run(req).await }\n"
MODULES = [
    ("#[cfg(not(debug_assertions))]", "#[cfg(debug_assertions)]", False),
    ('#[cfg(feature = "mtls")]', '#[cfg(not(feature = "mtls"))]', False),
    ("#[cfg(not(test))]", "#[cfg(test)]", True),
    ("#[cfg(unix)]", "#[cfg(not(unix))]", True),
]


@pytest.mark.parametrize(("real", "stub", "guards"), MODULES)
@pytest.mark.parametrize("stub_first", [True, False])
def test_both_modules_that_builds_have_count(
    tmp_path: Path,
    real: str,
    stub: str,
    guards: bool,  # noqa: FBT001
    stub_first: bool,  # noqa: FBT001
) -> None:
    """Of one name, in any order."""
    both = [f"{stub} mod guard {{ {OPEN} }}\n", f"{real} mod guard {{ {GUARD} }}\n"]
    code = "".join(both if stub_first else reversed(both))
    (route,) = reading(tmp_path, served(APP, f"use guard::mtls;\n{OWN}{code}")).view.routes
    assert route.guard is (Guarding.CERTIFICATE if guards else Guarding.UNKNOWN)


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("", Guarding.CERTIFICATE),
        ('#[cfg_attr(debug_assertions, path = "open.rs")]\n', Guarding.UNKNOWN),
        ('#[cfg_attr(feature = "dev", path = "open.rs")]\n', Guarding.UNKNOWN),
        ('#[cfg_attr(windows, path = "open.rs")]\n', Guarding.CERTIFICATE),
        (
            '#[cfg_attr(windows, path = "open.rs")]\n#[cfg_attr(unix, path = "guard.rs")]\n',
            Guarding.CERTIFICATE,
        ),
        ('#[path = "open.rs"]\n', Guarding.NONE),
        ('#[cfg_attr(unix, path = "open.rs")]\n', Guarding.NONE),
        ('#[cfg_attr(debug_assertions, path = "missing.rs")]\n', Guarding.CERTIFICATE),
        ("#[cfg_attr(debug_assertions, allow(dead_code))]\n", Guarding.CERTIFICATE),
    ],
)
def test_each_file_that_builds_have_for_a_module_counts(
    tmp_path: Path, attribute: str, expected: Guarding
) -> None:
    """``cfg_attr`` gives a module another file in some builds."""
    main = served(APP, f"{attribute}mod guard;\nuse guard::mtls;\n{OWN}")
    (route,) = reading(
        tmp_path, {"src/main.rs": main, "src/guard.rs": GUARD, "src/open.rs": OPEN}
    ).view.routes
    assert route.guard is expected
