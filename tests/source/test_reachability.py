"""What a binary runs is looked for from both ends: it equals what is found from ``main`` alone."""

import sys
from pathlib import Path

import pytest

from specdrift.source.axum.adapter import index_of, involved
from specdrift.source.rust import reachability
from specdrift.source.rust.named_code import NamedCode, ReachableCode
from specdrift.source.rust.packages import packages
from specdrift.source.rust.reachability import Reachability
from tests.lab.axum_lab import LAB
from tests.source.corpus_runner import CORPUS
from tests.source.crates import crate

MAIN = "mod app;\nmod parts;\nmod late;\nfn main() {{ {0} }}\n"
FILES = {
    "src/app.rs": "pub fn direct() { inner() }\nfn inner() { crate::parts::part() }\npub fn unused() { lonely() }\n"
    "fn lonely() { unused() }\n",
    "src/parts.rs": "use crate::late::Renamed as Short;\npub fn part() {}\n"
    "pub struct Held; impl Held { pub fn open(&self) { close() } }\nfn close() {}\n"
    "pub struct Plain; impl Plain { pub fn open(&self) { opened() } }\nfn opened() {}\n"
    "pub fn aliased() { Short::make() }\n"
    "impl From<Held> for Plain { fn from(h: Held) -> Self { converted() } }\nfn converted() -> Plain { Plain }\n"
    "impl std::fmt::Display for Held { fn fmt(&self, f: &mut Formatter) -> Result { shown() } }\n"
    "fn shown() -> Result { todo!() }\n",
    "src/late.rs": "pub struct Renamed; impl Renamed { pub fn make() { made() } }\nfn made() {}\n"
    "pub fn used() {}\nregister! { static ENTRY: Entry = Entry::new(registered); }\nfn registered() {}\n"
    '#[serde(default = "by_default")]\npub struct Settings { port: u16 }\nfn by_default() {}\n',
}
REACHED = {
    "by a name": ("app::direct()", {"inner", "part"}, {"lonely", "unused", "close"}),
    "a method of a type that is named": ("parts::Held.open()", {"open", "close"}, {"opened"}),
    "a method of a type that is not named": ("x.open()", set[str](), {"open", "close", "opened"}),
    "by another name": ("parts::aliased()", {"make", "made"}, {"used"}),
    "by a method that calls it": ("let _: Plain = parts::Held.into();", {"from", "converted"}, {"opened"}),
    "a method of a trait": ("let _ = parts::Held;", {"fmt", "shown"}, {"converted", "close"}),
    "by a macro between items": ("late::used()", {"used", "registered"}, {"made", "by_default"}),
    "by an attribute": ("let _: late::Settings = s;", {"by_default"}, {"made"}),
}


def reached(folder: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> dict[str, set[tuple[str, ...]]]:
    """The binaries that reach the functions of each name, if so many items are followed for each search."""
    monkeypatch.setattr(reachability, "AT_ONCE", at_once)
    index = index_of(folder, involved(packages(folder)))
    reach, found = Reachability(index), dict[str, set[tuple[str, ...]]]()
    for item in index.functions():
        found.setdefault(str(item), set()).add(reach.binaries_of(item))
    return found


@pytest.mark.parametrize("at_once", [0, 1, sys.maxsize])
@pytest.mark.parametrize(("main", "names", "others"), REACHED.values(), ids=REACHED)
def test_what_main_leads_to_is_reached(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    main: str,
    names: set[str],
    others: set[str],
    at_once: int,
) -> None:
    """And nothing else, from whichever end it is looked for."""
    folder = crate(tmp_path, {**FILES, "src/main.rs": MAIN.format(main)})
    found = reached(folder, monkeypatch, at_once)
    runs = {name.rpartition("::")[2] for name, every in found.items() if ("shop",) in every}
    assert names <= runs
    assert others.isdisjoint(runs)


@pytest.mark.parametrize("folder", [CORPUS, LAB], ids=["corpus", "lab"])
def test_both_ends_find_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each function of larger crates."""
    assert reached(folder, monkeypatch, 0) == reached(folder, monkeypatch, sys.maxsize)


Described = tuple[tuple[str, ...], int, int, bytes, bytes, bool, bool]
HIDDEN = {
    "src/app.rs": "pub struct Same; pub fn Same() {}\npub fn later() {}\npub struct later;\n"
    "#[cfg(test)] mod tests { fn tested() {} }\n#[cfg(test)]\nfn only_tested() {}\n"
    "pub trait Opens { fn declared(&self); fn given(&self) { given_away() } const KEPT: u8; }\n"
    "impl Opens for [Same; 2] { fn declared(&self) {} #[cfg(test)] fn hidden(&self) {} }\n"
    "impl<T: Opens> Opens for T { fn declared(&self) {} }\n"
    "thread_local! { static ONE: u8 = one(); static TWO: u8 = two(); }\nplain! { used }\n"
    "mod inner { pub fn within() {} }\nmacro_rules! made { () => {} }\n",
    "src/main.rs": 'mod app;\n#[path = "app.rs"]\nmod again;\nfn main() {}\n',
}


def described(code: ReachableCode) -> Described:
    """What is known of code, in words that do not depend on the index."""
    return code.home.path, code.start, code.end, code.owner, code.name, code.of_trait, code.loose


def code_by_name(folder: Path, *, whole: bool) -> tuple[dict[bytes, set[Described]], int]:
    """The code of each name and what stands between the items of its module, and how many modules were not read."""
    index = index_of(folder, involved(packages(folder)))
    names = {name for module in index.modules() for name in module.contents.members or ()}
    names |= {*index.function_names(), *index.unread.owners}
    if whole:
        index.functions()
    code, found = NamedCode(index), dict[bytes, set[Described]]()
    for name in sorted(names):
        code.methods_of(name)
    for name in names:
        every = [*code.named(name), *code.methods_of(name)]
        loose = (one for each in every for one in code.loose_in(each.home))
        found[name] = {*map(described, every), *map(described, loose)}
    return found, sum(bool(module.contents.unread) for module in index.modules())


def test_code_is_known_without_reading_its_module(tmp_path: Path) -> None:
    """Items of one name, of tests, in traits, of a file that two modules have, and that macro calls define."""
    folder = crate(tmp_path, HIDDEN)
    (without, unread), (read, none) = (code_by_name(folder, whole=whole) for whole in (False, True))
    assert without == read
    assert (unread, none) == (0, 0)  # what an implementation is for takes the tree to know
    plain = HIDDEN["src/app.rs"].replace("[Same; 2]", "Same")
    (without, unread), (read, none) = (
        code_by_name(crate(tmp_path / "plain", {**HIDDEN, "src/app.rs": plain}), whole=whole)
        for whole in (False, True)
    )
    assert without == read
    assert (unread, none) == (2, 0)
    names = {name for _, _, _, _, name, _, _ in set[Described]().union(*without.values())}
    assert names >= {b"Same", b"later", b"given", b"declared", b"ONE", b"TWO", b"within", b"made"}
    assert names.isdisjoint({b"tested", b"only_tested", b"hidden"})


@pytest.mark.parametrize("folder", [CORPUS, LAB], ids=["corpus", "lab"])
def test_code_of_larger_crates_is_known_without_reading_them(folder: Path) -> None:
    """As it is when they are read."""
    (without, unread), (read, none) = (code_by_name(folder, whole=whole) for whole in (False, True))
    assert without == read
    assert unread > none == 0
