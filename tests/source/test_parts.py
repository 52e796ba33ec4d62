"""What makes reading fast leaves nothing out: modules of tests that are not parsed, calls that are found by bytes."""

from pathlib import Path

import pytest

from specdrift.source.rust.call_index import called_in
from tests.source.crates import reading, served, table

APP = 'Router::new().route("/one", get(one)).merge(more())'
TESTS = """
#[cfg(test)]
#[allow(unused)]
mod tests {
    fn more() -> Router { Router::new().route("/tested", get(one)) }
}
"""
MORE = """
fn more() -> Router {
    Router::new().route("/two", get(two))
}
"""
STRANGE = """
#[cfg(test)]
mod tests {
    const TEXT: &str = r#"
}
"#;
    fn more() -> Router { Router::new().route("/tested", get(one)) }
}
"""


@pytest.mark.parametrize(
    "tests", [TESTS, STRANGE, TESTS + STRANGE, TESTS.replace("mod tests", "pub(crate) mod t")]
)
def test_only_test_modules_are_skipped(tmp_path: Path, tests: str) -> None:
    """Before, after and between the code, also where it ends otherwise than it seems."""
    text = served(APP, tests + MORE + tests)
    found = reading(tmp_path, text)
    assert [(methods, path) for methods, path, *_ in table(found)] == [("GET", "/one"), ("GET", "/two")]
    lines = text.splitlines()
    for route in found.view.routes:
        assert lines[route.location.line - 1] == route.location.text
        assert f'"{route.path}"' in route.location.text
    assert found.view.unresolved == ()


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("one(two(), a.three(4)); x::five::<T>(6); if seven { eight!(nine()) }", "two one three five nine"),
        ("fn(one) -> (two); (three)(); [four](5)", ""),
        ("parse::<Vec<(u8, u8)>>(); one::<A<B>> (2); two\n    (3)", "one two"),
        ("é(one()); ünder_score(2); r#type(3)", "one"),
    ],
)
def test_calls_are_found_with_the_place_of_their_names(code: str, names: str) -> None:
    """With generic arguments and spaces between, and in the arguments of others."""
    content = code.encode()
    wanted = {
        name.encode() for name in ["one", "two", "three", "four", "five", "six", "seven", "nine", "parse"]
    }
    found = dict(called_in(content, wanted))
    assert set(found) - {b"parse"} == {name.encode() for name in names.split()}
    assert all(content[place:].startswith(name) for name, place in found.items())


def test_a_module_whose_name_is_a_keyword_has_a_file_without_the_mark(tmp_path: Path) -> None:
    """``mod r#move;`` is in ``move.rs``."""
    files = {
        "src/main.rs": served("r#move::app()", "mod r#move;\n"),
        "src/move.rs": f"use axum::*;\npub fn app() -> Router {{ {APP.partition('.merge')[0]} }}\n",
    }
    found = reading(tmp_path, files)
    assert [path for _, path, *_ in table(found)] == ["/one"]
    assert found.view.unresolved == ()
