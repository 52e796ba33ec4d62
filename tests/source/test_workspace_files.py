"""The files of a workspace: real paths without a look at each folder of each file, and members by patterns."""

from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.source.rust.declarations import RealPaths
from specdrift.source.rust.packages import packages


def test_real_paths_are_those_of_the_system(tmp_path: Path) -> None:
    """Also of a link to a file, of a file in a linked folder, and with dots in the path."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "src").mkdir(parents=True)
    outside.mkdir()
    for file in (inside / "src" / "a.rs", outside / "b.rs"):
        file.write_text("fn a() {}\n", encoding="utf-8")
    (inside / "src" / "link.rs").symlink_to(outside / "b.rs")
    (inside / "linked").symlink_to(outside)
    (inside / "again").symlink_to(inside / "src")
    real = RealPaths()
    files = {
        "src/a.rs": True,
        "again/a.rs": True,
        "src/../src/a.rs": True,
        "src/link.rs": False,
        "again/link.rs": False,
        "linked/b.rs": False,
        "linked/../outside/b.rs": False,
    }
    for name, is_inside in files.items():
        path = inside / name
        assert real.of(path) == str(path.resolve())
        assert real.of(path) == str(path.resolve())
        assert real.is_beneath(inside, real.of(path)) is is_inside
        assert real.is_beneath(tmp_path, real.of(path))


SEVERAL_LINES = {
    "a dependency": 'axum = {\n  version = "0.8", # newest }\n  features = ["http2",\n "ws"],\n}',
    "a table in a table": 'axum = { version = "0.8", x = {\n  y = "}"\n} }',
}
NO_TOML = ("axum = {,}", "axum = { x = 1,, }", "axum = {\n x = 1", "axum = { x = 1 y = 2 }")


@pytest.mark.parametrize("dependency", SEVERAL_LINES.values(), ids=SEVERAL_LINES)
def test_inline_tables_of_several_lines_are_read(tmp_path: Path, dependency: str) -> None:
    """TOML 1.1 has them, and so have manifests that cargo reads."""
    manifest = f'[package]\nname = "shop"\n[dependencies]\n{dependency}\nserde = "1"\n'
    (tmp_path / "Cargo.toml").write_text(manifest, encoding="utf-8")
    (package,) = packages(tmp_path)
    assert package.dependencies == {"axum", "serde"}


@pytest.mark.parametrize("dependency", NO_TOML)
def test_a_manifest_that_no_version_of_toml_allows_is_an_error(tmp_path: Path, dependency: str) -> None:
    """The twins: with the place that the file has."""
    (tmp_path / "Cargo.toml").write_text(f"[dependencies]\n{dependency}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"line [23]|end of document|Unclosed"):
        packages(tmp_path)


MEMBERS = {
    '["a", "./crates/b", "tools/*"]': {"a", "b", "c", "d"},
    '["a"]': {"a"},
    '["crates/?", "tools/[d]"]': {"b", "d"},
    '["tools"]': set(),
}


@pytest.mark.parametrize(("members", "found"), MEMBERS.items(), ids=MEMBERS)
def test_members_are_paths_or_patterns(tmp_path: Path, members: str, found: set[str]) -> None:
    """One that is excluded is none."""
    top = f'[package]\nname = "top"\n[workspace]\nmembers = {members}\nexclude = ["tools/e"]\n'
    (tmp_path / "Cargo.toml").write_text(top, encoding="utf-8")
    for name in ("a", "crates/b", "tools/c", "tools/d", "tools/e"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "Cargo.toml").write_text(f'[package]\nname = "{folder.name}"\n', encoding="utf-8")
    assert {package.name for package in packages(tmp_path)} == {"top", *found}


def test_a_manifest_that_changed_is_read_again(tmp_path: Path) -> None:
    """It is kept by its text, not by its path."""
    for name in ("one", "other"):
        (tmp_path / "Cargo.toml").write_text(f'[package]\nname = "{name}"\n', encoding="utf-8")
        assert [package.name for package in packages(tmp_path)] == [name]
