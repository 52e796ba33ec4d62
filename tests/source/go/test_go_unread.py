"""What was not followed is listed where it is, and no folder without routes passes."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding, UnresolvedKind
from specdrift.source import SourceQuery, read
from tests.source.crates import crate, served
from tests.source.go.go_modules import CHECK, module, program, reading, table, unread

MUX = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", http.HandlerFunc(list))\n'


def test_a_program_of_which_all_is_followed_has_nothing_unread(tmp_path: Path) -> None:
    """The twin of the programs below."""
    found = reading(tmp_path, program(MUX))
    assert unread(found) == []
    assert not found.view.incomplete
    assert table(found) == [("GET", "/items", "list", "none")]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('mux.Handle("/"+os.Getenv("NAME"), http.HandlerFunc(list))', "a route whose path is not known"),
        ("mux.Handle(patterns(), http.HandlerFunc(list))", "a route whose path is not known"),
        ('mux.Handle("GET  /x y", http.HandlerFunc(list))', "a route whose path is not known"),
        (
            'mux.Handle("/x/", http.StripPrefix(os.Getenv("X"), http.HandlerFunc(list)))',
            "a prefix that is not known",
        ),
        ("other.Register(mux)", "a router that code of another module got"),
        ('mux.Handle("/x/", other.New())', "the handler is other.New, which was not followed"),
        ('other.Router().HandleFunc("/x", list)', "a route of a router that was not followed"),
        ('mux.HandleFunc("/x/", byHand)', "a handler that decides by the path itself"),
        ('mux.Handle("/x", nil)', "a handler that is nil"),
    ],
)
def test_what_hides_a_route_is_listed(tmp_path: Path, line: str, what: str) -> None:
    """Each leaves the reading incomplete."""
    by_hand = (
        "\nfunc byHand(w http.ResponseWriter, r *http.Request) {\n"
        '\tif r.URL.Path == "/x/admin" {\n\t\tlist(w, r)\n\t}\n}\n'
        "\nfunc patterns() string { return other.Pattern() }\n"
    )
    code = program(f"{MUX}\t{line}\n", CHECK + by_hand, imports="os example.org/other")
    found = reading(tmp_path, code)
    assert [text for text, _ in unread(found) if text.startswith(what)] != []
    assert {line for _, line in unread(found)} == {17}
    assert found.view.incomplete
    assert ("GET", "/items", "list", "none") in table(found)


@pytest.mark.parametrize(
    "serve",
    [
        "\tother.Serve(mux)\n",
        '\tlog.Fatal(http.ListenAndServe(":1", other.Wrap(mux, http.DefaultServeMux)))\n',
        '\tlog.Fatal(http.ListenAndServe(":1", other.New()))\n',
        '\tlog.Fatal(http.ListenAndServe(":1", http.HandlerFunc(list)))\n',
        "",
    ],
)
def test_a_served_value_that_is_no_router_is_listed(tmp_path: Path, serve: str) -> None:
    """Nothing is read of it, and that does not pass."""
    found = reading(tmp_path, program(MUX, imports="example.org/other", serve=serve))
    assert found.view.not_followed
    assert found.view.incomplete


@pytest.mark.parametrize(
    "code",
    [
        "package main\n\nfunc main() {}\n",
        "package shop\n\nfunc Shop() {}\n",
        "package main\n\nfunc main() {\n",
    ],
)
def test_a_module_that_serves_nothing_is_not_read(tmp_path: Path, code: str) -> None:
    """It may serve with another library, or not at all."""
    found = reading(tmp_path, code)
    assert found.view.routes == ()
    assert [one for one, _ in unread(found)] == ["no program of the modules is known to serve a handler"]
    assert found.view.not_followed[0].location.file == str(tmp_path / "go.mod")


def test_routes_of_routers_that_are_not_served_are_listed(tmp_path: Path) -> None:
    """They may be served by code that was not followed, and are no routes."""
    more = '\tlost := http.NewServeMux()\n\tlost.Handle("/lost", http.HandlerFunc(list))\n'
    found = reading(tmp_path, program(MUX + more))
    assert [(one.kind, one.location.line) for one in found.view.unresolved] == [
        (UnresolvedKind.UNREACHED, 16)
    ]


def test_routes_in_functions_that_are_not_called_are_listed(tmp_path: Path) -> None:
    """Reflection or a generator may call them."""
    more = '\nfunc unused(mux *http.ServeMux) {\n\tmux.HandleFunc("/unused", list)\n}\n'
    found = reading(tmp_path, program(MUX, CHECK + more))
    assert [one.kind for one in found.view.unresolved] == [UnresolvedKind.UNREACHED]


def test_functions_that_code_of_other_modules_gets_are_followed(tmp_path: Path) -> None:
    """A library of commands calls them."""
    code = program(
        '\tother.Run(&other.Command{Name: "serve", Run: serve})\n',
        CHECK
        + '\nfunc serve(args []string) error {\n\tmux := http.NewServeMux()\n\tmux.HandleFunc("/a", list)\n'
        + '\treturn http.ListenAndServe(":1", mux)\n}\n',
        imports="example.org/other",
        serve="",
    )
    assert table(reading(tmp_path, code)) == [("*", "/a", "list", "none")]


def test_middleware_of_chi_after_a_route_is_listed(tmp_path: Path) -> None:
    """The program panics when it starts."""
    body = '\tmux := chi.NewRouter()\n\tmux.Get("/a", list)\n\tmux.Use(certificate)\n'
    found = reading(tmp_path, program(body, imports="github.com/go-chi/chi/v5"))
    assert unread(found) == [("middleware added after a route: chi panics", 16)]


def test_a_folder_with_two_languages_is_read_in_both(tmp_path: Path) -> None:
    """The routes of one language are not all routes."""
    crate(tmp_path, served('Router::new().route("/rust", get(a))', "async fn a() {}\n"))
    module(tmp_path, program(MUX))
    view = read(SourceQuery(folder=tmp_path)).view
    assert {route.path for route in view.routes} == {"/rust", "/items"}
    assert view.framework == "axum 0.8, go 1.23, gin v1.10.1, chi v5.2.2"


def test_patterns_of_older_versions_of_go_are_paths(tmp_path: Path) -> None:
    """Before 1.22 a method was a part of the path, and nothing matched it."""
    files = {"go.mod": "module example.com/shop\n\ngo 1.21\n", "main.go": program(MUX)}
    assert unread(reading(tmp_path, files)) == [("a route whose path is not known", 14)]


def test_files_of_other_systems_are_not_read(tmp_path: Path) -> None:
    """Nor are tests, and files with other build tags."""
    extra = 'package main\n\nimport "net/http"\n\nfunc init() {\n\thttp.HandleFunc("/extra", list)\n}\n'
    files = {
        "main.go": program(MUX),
        "extra_windows.go": extra,
        "extra_test.go": extra,
        "tagged.go": f"//go:build debug && !linux\n\n{extra}",
    }
    assert reading(tmp_path, files).view.unresolved == ()


LONG = "\tlog.Print(1)\n" * 60


def test_long_code_that_has_nothing_to_do_with_routers_is_no_obstacle(tmp_path: Path) -> None:
    """It is not followed, and taken to succeed: its results have their types."""
    more = (
        f"\ntype store struct{{}}\n\nfunc open() (*store, error) {{\n{LONG}\treturn &store{{}}, nil\n}}\n"
        "\nfunc (s *store) page(w http.ResponseWriter, r *http.Request) {}\n"
    )
    opened = "\tdata, err := open()\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n"
    body = f'{MUX}{opened}\tmux.HandleFunc("/page", data.page)\n'
    found = reading(tmp_path, program(body, CHECK + more))
    assert table(found)[1:] == [("*", "/page", "store.page", "none")]
    assert not found.view.incomplete


def test_functions_that_long_code_gets_are_followed(tmp_path: Path) -> None:
    """The code may call them."""
    more = f"\nfunc timed(run func()) {{\n{LONG}\trun()\n}}\n"
    body = '\tmux := http.NewServeMux()\n\ttimed(func() { mux.HandleFunc("/timed", list) })\n'
    assert table(reading(tmp_path, program(body, CHECK + more))) == [("*", "/timed", "list", "none")]


def test_a_long_init_with_commands_is_followed(tmp_path: Path) -> None:
    """The program serves in a command, which a variable has."""
    code = program(
        "\tother.Execute(root)\n",
        CHECK
        + "\nvar root = &other.Command{Run: func(args []string) { start() }}\n"
        + f"\nfunc init() {{\n{LONG}\tother.Add(root)\n}}\n"
        + '\nfunc start() {\n\tmux := http.NewServeMux()\n\tmux.HandleFunc("/a", list)\n'
        + '\thttp.ListenAndServe(":1", mux)\n}\n',
        imports="example.org/other",
        serve="",
    )
    assert table(reading(tmp_path, code)) == [("*", "/a", "list", "none")]


@pytest.mark.slow
def test_a_handler_that_takes_too_many_steps_is_not_decided(tmp_path: Path) -> None:
    """Neither accused nor passed, and the reading ends."""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("/a", slow(http.HandlerFunc(list)))\n'
    more = (
        "\nfunc slow(next http.Handler) http.Handler {\n"
        "\treturn http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n"
        "\t\tfor i := 0; i < 1999; i++ {\n\t\t\tfor j := 0; j < 1999; j++ {\n\t\t\t\tlog.Print(i)\n\t\t\t}\n\t\t}\n"
        "\t\tnext.ServeHTTP(w, r)\n\t})\n}\n"
    )
    found = reading(tmp_path, program(body, CHECK + more))
    assert unread(found) == [("a handler that takes too many steps to evaluate", 14)]


def test_middleware_of_a_list_that_is_not_known_has_the_name_of_the_list(tmp_path: Path) -> None:
    """A user can tell which one is meant."""
    imports = "github.com/go-chi/chi/v5 example.com/layers"
    body = '\tmux := chi.NewRouter()\n\tmux.Use(layers.All()...)\n\tmux.Get("/items", list)'
    [route] = reading(tmp_path, program(body, imports=imports)).view.routes
    assert [layer.name for layer in route.layers] == ["layers.All()"]
    assert route.guard is Guarding.UNKNOWN
