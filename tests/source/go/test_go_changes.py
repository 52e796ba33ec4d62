"""What code of Go programs changes: lists, structs and results, and what later requests see."""

from pathlib import Path

import pytest

from specdrift.model.result.source import Guarding
from tests.source.go.go_modules import CHECK, program, reading, table

CERTIFICATE = ("GET", "/items", "list", "certificate")
OPEN = ("GET", "/items", "list", "none")


def rows(folder: Path, body: str, more: str = "") -> list[tuple[str, str, str, str]]:
    """Return the routes of a program."""
    return table(reading(folder, program(body, CHECK + more)))


LISTS = """
func without(all []func(http.Handler) http.Handler) { all[0] = logged }

func around(all []func(http.Handler) http.Handler) http.Handler {
	var h http.Handler = http.HandlerFunc(list)
	for _, one := range all {
		h = one(h)
	}
	return h
}

func logged(next http.Handler) http.Handler { return next }
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("without(all)", OPEN),
        ("other := all\n\tother[0] = logged", OPEN),
        ("other := append([]func(http.Handler) http.Handler{}, all...)\n\tother[0] = logged", CERTIFICATE),
        ("_ = all[0]", CERTIFICATE),
    ],
)
def test_an_element_changes_in_all_variables_of_a_list(
    line: str, expected: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """They share its elements; a copy has its own."""
    body = (
        f"\tall := []func(http.Handler) http.Handler{{certificate}}\n\t{line}\n"
        '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", around(all))\n'
    )
    assert rows(tmp_path, body, LISTS) == [expected]


SETTINGS = """
type settings struct {
	name   string
	secure bool
}

func change(s *settings) { LINE }
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('*s = settings{name: "x"}', OPEN),
        ('*s = settings{name: "x", secure: true}', CERTIFICATE),
        ("other := *s\n\tother.secure = false", CERTIFICATE),
    ],
)
def test_a_struct_that_is_replaced_has_the_fields_of_the_other_one(
    line: str, expected: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """Also those that were not written."""
    body = (
        "\town := settings{secure: true}\n\tchange(&own)\n\tmux := http.NewServeMux()\n"
        "\tvar h http.Handler = http.HandlerFunc(list)\n\tif own.secure {\n\t\th = certificate(h)\n\t}\n"
        '\tmux.Handle("GET /items", h)\n'
    )
    assert rows(tmp_path, body, SETTINGS.replace("LINE", line)) == [expected]


CHECKED = """
func check(r *http.Request) (err error) {
	defer DEFERRED
	if len(r.TLS.PeerCertificates) == 0 {
		return errors.New("no certificate")
	}
	return nil
}

func checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := check(r); err != nil {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
"""


@pytest.mark.parametrize(
    ("deferred", "expected"),
    [
        ("func() { err = nil }()", Guarding.NONE),
        ("func() { log.Println(err) }()", Guarding.CERTIFICATE),
        ('func() {\n\t\tif err != nil {\n\t\t\terr = errors.New("x")\n\t\t}\n\t}()', Guarding.CERTIFICATE),
    ],
)
def test_a_deferred_call_may_change_the_result(deferred: str, expected: Guarding, tmp_path: Path) -> None:
    """Results with names are variables."""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", checked(http.HandlerFunc(list)))\n'
    code = program(body, CHECK + CHECKED.replace("DEFERRED", deferred), imports="errors")
    [route] = reading(tmp_path, code).view.routes
    assert route.guard is expected


@pytest.mark.parametrize(
    ("deferred", "expected"),
    [("func() {\n\t\trecover()\n\t}()", Guarding.NONE), ("log.Println(err)", Guarding.CERTIFICATE)],
)
def test_a_panic_that_is_recovered_refuses_no_request(
    deferred: str, expected: Guarding, tmp_path: Path
) -> None:
    """The function returns its results."""
    more = CHECKED.replace("DEFERRED", deferred).replace(
        "if len(r.TLS.PeerCertificates) == 0", "if r.TLS.PeerCertificates[0] == nil"
    )
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", checked(http.HandlerFunc(list)))\n'
    [route] = reading(tmp_path, program(body, CHECK + more, imports="errors")).view.routes
    assert route.guard is expected


def test_a_handler_that_refuses_in_front_of_another_one_is_no_route(tmp_path: Path) -> None:
    """The guard calls it instead."""
    more = """
var denied http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "no", http.StatusForbidden)
})

func choosing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := denied
		if len(r.TLS.PeerCertificates) > 0 {
			h = next
		}
		h.ServeHTTP(w, r)
	})
}
"""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", choosing(http.HandlerFunc(list)))\n'
    assert rows(tmp_path, body, more) == [CERTIFICATE]


SWITCH = """
var enabled = true

func switched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if enabled && len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func change(w http.ResponseWriter, r *http.Request) { LINE }
"""


@pytest.mark.parametrize(
    ("line", "expected"), [("enabled = false", Guarding.UNKNOWN), ("_ = enabled", Guarding.CERTIFICATE)]
)
def test_later_requests_see_what_a_handler_has_changed(line: str, expected: Guarding, tmp_path: Path) -> None:
    """A guard that another handler switches off is none for all requests."""
    body = (
        '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", switched(http.HandlerFunc(list)))\n'
        '\tmux.HandleFunc("POST /change", change)\n'
    )
    found = reading(tmp_path, program(body, CHECK + SWITCH.replace("LINE", line)))
    assert [route.guard for route in found.view.routes if route.path == "/items"] == [expected]


@pytest.mark.parametrize(("method", "expected"), [("GET", Guarding.NONE), ("HEAD", Guarding.UNKNOWN)])
def test_a_guard_that_passes_on_each_request_of_a_route_is_none(
    method: str, expected: Guarding, tmp_path: Path
) -> None:
    """A route for GET also answers HEAD."""
    guard = CHECK.replace("if r.TLS == nil ||", f'if r.Method != "{method}" &&')
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", certificate(http.HandlerFunc(list)))\n'
    [route] = reading(tmp_path, program(body, guard)).view.routes
    assert route.guard is expected


@pytest.mark.parametrize(
    ("deferred", "expected"),
    [("list(own, r)", Guarding.UNKNOWN), ("log.Println(own)", Guarding.CERTIFICATE)],
)
def test_a_deferred_call_sees_the_variables_of_its_block(
    deferred: str, expected: Guarding, tmp_path: Path
) -> None:
    """Such as a response that a layer gives to another handler, after the next one refused."""
    more = """
type noted struct {
	http.ResponseWriter
	status int
}

func audited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := &noted{w, 200}
		defer DEFERRED
		next.ServeHTTP(own, r)
	})
}
"""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", audited(certificate(http.HandlerFunc(list))))\n'
    check = CHECK.replace("r *http.Request) {}", 'r *http.Request) { w.Write([]byte("data")) }')
    [route] = reading(tmp_path, program(body, check + more.replace("DEFERRED", deferred))).view.routes
    assert route.guard is expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("if own.status == 401 {\n\t\t\tlist(w, r)\n\t\t}", Guarding.UNKNOWN),
        ("log.Println(own.status)", Guarding.CERTIFICATE),
        ("w.Write(own.text)", Guarding.CERTIFICATE),
    ],
)
def test_a_layer_that_answers_after_a_refusal_is_noticed(
    line: str, expected: Guarding, tmp_path: Path
) -> None:
    """What it notes of the answer is not known; an answer that it kept is that of the next handler."""
    more = """
type noted struct {
	http.ResponseWriter
	status int
	text   []byte
}

func (n *noted) WriteHeader(status int) { n.status = status }

func audited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := &noted{ResponseWriter: w, status: 200}
		next.ServeHTTP(own, r)
		LINE
	})
}
"""
    body = '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", audited(certificate(http.HandlerFunc(list))))\n'
    check = CHECK.replace("r *http.Request) {}", 'r *http.Request) { w.Write([]byte("data")) }')
    [route] = reading(tmp_path, program(body, check + more.replace("LINE", line))).view.routes
    assert route.guard is expected


@pytest.mark.parametrize(("call", "expected"), [("certain(c)", "certificate"), ("go certain(c)", "unknown")])
def test_what_another_goroutine_does_may_come_too_late(call: str, expected: str, tmp_path: Path) -> None:
    """The next handler may be called before."""
    code = f"""
func certain(c *gin.Context) {{
	if c.Request.TLS == nil || len(c.Request.TLS.PeerCertificates) == 0 {{
		c.AbortWithStatus(http.StatusUnauthorized)
	}}
}}

func certificate(c *gin.Context) {{ {call} }}

func list(c *gin.Context) {{}}
"""
    body = '\tmux := gin.New()\n\tmux.GET("/items", certificate, list)\n'
    found = reading(tmp_path, program(body, code, imports="github.com/gin-gonic/gin"))
    assert [row[3] for row in table(found)] == [expected]


@pytest.mark.parametrize(
    ("line", "listed"), [("mux.Handlers = nil", True), ("mux.ForwardedByClientIP = true", False)]
)
def test_layers_that_code_sets_in_a_router_itself_are_listed(
    line: str, tmp_path: Path, *, listed: bool
) -> None:
    """Other settings of a router are harmless."""
    body = f'\tmux := gin.New()\n\t{line}\n\tmux.GET("/items", list)\n'
    code = "\nfunc list(c *gin.Context) {}\n"
    found = reading(tmp_path, program(body, code, imports="github.com/gin-gonic/gin"))
    assert bool(found.view.not_followed) is listed


def test_a_key_that_a_map_does_not_have_has_the_first_value_of_its_type(tmp_path: Path) -> None:
    """Of a map of booleans, it is false."""
    more = """
var public = map[string]bool{"/health": true}

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !public[r.URL.Path] && len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
"""
    body = (
        '\tmux := http.NewServeMux()\n\tmux.Handle("GET /items", secured(http.HandlerFunc(list)))\n'
        '\tmux.Handle("GET /health", secured(http.HandlerFunc(list)))\n'
    )
    assert rows(tmp_path, body, more) == [CERTIFICATE, ("GET", "/health", "list", "none")]
