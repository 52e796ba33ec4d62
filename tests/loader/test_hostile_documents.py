"""Descriptions made to hurt: bounded time and memory, and one clear refusal."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from specdrift.loader import Bodies, load
from specdrift.settings import LoaderSettings
from tests.loader.documents import loaded, refusals, said, written

GENEROUS = 20.0
"""Seconds for what takes well under one on an idle machine; other readers do not end at all."""

DEEP = 100_000
HEAD = '{"openapi": "3.1.0", "x": '

BOMBS = {
    "nested lists in YAML": ("openapi.yaml", "openapi: 3.1.0\nx: " + "[" * DEEP, "nesting-too-deep"),
    "nested lists in JSON": ("openapi.json", HEAD + "[" * DEEP, "nesting-too-deep"),
    "nested lists, closed": ("openapi.json", HEAD + "[" * DEEP + "]" * DEEP + "}", "nesting-too-deep"),
    "nested maps in YAML": ("openapi.yaml", "openapi: 3.1.0\nx: " + "{a: " * DEEP, "nesting-too-deep"),
    "nested maps in JSON": ("openapi.json", '{"a":' * DEEP, "nesting-too-deep"),
    "nested dashes": ("openapi.yaml", "- " * DEEP, "nesting-too-deep"),
    "nested blocks": (
        "openapi.yaml",
        "openapi: 3.1.0\n" + "".join(f"{' ' * i}a:\n" for i in range(1000)),
        "nesting-too-deep",
    ),
    "nested keys": ("openapi.yaml", "? " * DEEP, "nesting-too-deep"),
    "aliases": (
        "openapi.yaml",
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{c}: &{c} [{','.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
        "yaml-alias-bomb",
    ),
    "aliases of a long text": (
        "openapi.yaml",
        "a: &a " + "x" * 100_000 + "\nb: [" + "*a," * 2000 + "]\n",
        "yaml-alias-bomb",
    ),
    "merges": (
        "openapi.yaml",
        "a: &a {" + ",".join(f"k{i}: 1" for i in range(2000)) + "}\n"
        + "".join(f"m{i}: {{<<: [{'*a,' * 20}]}}\n" for i in range(100)),
        "yaml-alias-bomb",
    ),
    "an anchor around itself": ("openapi.yaml", "openapi: 3.1.0\nx: &x {y: *x}\n", "invalid-document"),
    "zeros": ("openapi.yaml", "\x00" * 100_000, "invalid-document"),
}  # fmt: skip


@contextmanager
def bounded() -> Iterator[None]:
    """Fail when the body takes longer than the generous bound."""
    began = time.process_time()
    yield
    assert time.process_time() - began < GENEROUS


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_with_one_finding(tmp_path: Path, name: str) -> None:
    """Soon, and with a line where there is one."""
    file, text, rule = BOMBS[name]
    written(tmp_path, "", file).write_text(text, encoding="utf-8")
    with bounded():
        found = refusals(tmp_path, file)
    assert [diagnostic.rule for diagnostic in found] == [rule]
    assert len(str(found[0])) < 200


def test_nesting_does_not_kill_the_process(tmp_path: Path) -> None:
    """``yaml.compose`` ends with signal 11 on this; here it is an ordinary exit."""
    file = written(tmp_path, "")
    file.write_text("openapi: 3.1.0\nx: " + "[" * DEEP, encoding="utf-8")
    code = (
        "import sys; from specdrift.errors import DocumentError; from specdrift.loader import load; "
        "from specdrift.settings import LoaderSettings\n"
        "try: load(sys.argv[1], LoaderSettings())\n"
        "except DocumentError as error: sys.exit(f'refused: {error}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, "refused: " in done.stderr) == (1, True)
    assert "more than 500 levels of nesting." in done.stderr


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "the file is not UTF-8 (line 1, byte 0). Save it as UTF-8."),
        (b"\x7fELF\x02\x01\x01\x00", "not valid YAML: control characters are not allowed."),
        (b"\xff\xfeo\x00p", "the file is not UTF-16 (byte 4). Save it as UTF-8."),
        (b"\xef\xbb\xbf", "the file is empty."),
        (b"\xff\xfe", "the file is empty."),
        (b"o\x00p\x00e\x00n\x00", "the file is UTF-16LE without a byte order mark. Save it as UTF-8."),
        (b"\x00{\x00}\x00 \x00 ", "the file is UTF-16BE without a byte order mark. Save it as UTF-8."),
        (b"\x00\x00\x00\x00", "not valid YAML: control characters are not allowed."),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    """Pictures, programs, and encodings without a mark: never guessed at."""
    (tmp_path / "openapi.yaml").write_bytes(data)
    assert [diagnostic.message for diagnostic in refusals(tmp_path)] == [message]


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    """Not even a device without an end fills the memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with bounded():
        found = refusals(tmp_path, "/dev/zero")
    assert said(found) == [
        "/dev/zero: the file is larger than 64 MiB. If it is wanted, raise [loader] max-bytes."
    ]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024


@pytest.mark.slow
def test_references_that_multiply_operations_are_refused(tmp_path: Path) -> None:
    """A thousand paths that share an item of a thousand methods are a million operations."""
    methods = "".join(f"        M{i}: {{}}\n" for i in range(1000))
    paths = "".join(f"  /{i}: {{$ref: '#/x'}}\n" for i in range(1000))
    written(tmp_path, "").write_text(
        f"openapi: 3.2.0\npaths:\n{paths}x:\n  additionalOperations:\n{methods}", encoding="utf-8"
    )
    with bounded():
        found = refusals(tmp_path)
    assert said(found) == ["openapi.yaml: more than 100,000 operations."]


@pytest.mark.slow
def test_references_that_multiply_parameters_are_refused(tmp_path: Path) -> None:
    """The same one level further down."""
    parameters = ",".join(f"{{name: p{i}, in: query}}" for i in range(2000))
    paths = "".join(f"  /{i}: {{$ref: '#/x'}}\n" for i in range(2000))
    written(tmp_path, "").write_text(
        f"openapi: 3.1.0\npaths:\n{paths}x: {{get: {{parameters: [{parameters}]}}}}\n", encoding="utf-8"
    )
    with bounded():
        found = refusals(tmp_path)
    assert said(found) == ["openapi.yaml: more than 2,000,000 parameters."]


def test_a_long_chain_of_references_ends(tmp_path: Path) -> None:
    """A hundred links are more than any author needs."""
    links = "".join(f"x{i}: {{$ref: '#/x{i + 1}'}}\n" for i in range(5000))
    written(tmp_path, "").write_text(
        f"openapi: 3.1.0\npaths: {{/a: {{$ref: '#/x0'}}, /b: {{get: {{}}}}}}\n{links}", encoding="utf-8"
    )
    contract = loaded(tmp_path)
    assert [d.rule for d in contract.diagnostics] == ["recursive-reference"]
    assert [str(o.key) for o in contract.operations] == ["GET /b"]


def test_a_schema_that_never_ends_gives_a_value_all_the_same(tmp_path: Path) -> None:
    """Ten required properties, each of the same schema: ten to the depth, were it followed."""
    names = ", ".join(f"p{i}" for i in range(10))
    properties = ", ".join(f"p{i}: {{$ref: '#/components/schemas/s'}}" for i in range(10))
    written(
        tmp_path,
        f"""
        openapi: 3.1.0
        paths:
          /{{a}}:
            get:
              parameters:
                - {{name: a, in: path, required: true, schema: {{$ref: '#/components/schemas/s'}}}}
        components:
          schemas:
            s: {{type: object, required: [{names}], properties: {{{properties}}}}}
        """,
    )
    with bounded():
        (found,) = loaded(tmp_path).operations
    assert len(found.target) < 100_000


def test_a_pattern_that_backtracks_forever_is_tried_on_short_texts_only(tmp_path: Path) -> None:
    """``(a+)+$`` takes exponential time in the length of what it is tried on."""
    written(
        tmp_path,
        """
        openapi: 3.1.0
        paths:
          /{a}:
            get:
              parameters:
                - {name: a, in: path, required: true, schema: {type: string, pattern: '^(([a-z0-9A-Z.])+)+!$'}}
        """,
    )
    with bounded():
        (found,) = loaded(tmp_path).operations
    assert found.target == "/1"


@pytest.mark.slow
def test_a_large_document_is_read_within_its_limit(tmp_path: Path) -> None:
    """Eleven megabytes of YAML, most of it in one list."""
    written(tmp_path, "").write_text(
        "openapi: 3.1.0\npaths: {/a: {get: {}}}\nx:\n" + "- abcdefgh\n" * 1_000_000, encoding="utf-8"
    )
    with bounded():
        assert len(loaded(tmp_path).operations) == 1


def test_the_limit_is_a_setting(tmp_path: Path) -> None:
    """The same for the entry and for what it refers to."""
    written(tmp_path, "openapi: 3.1.0\npaths: {/a: {$ref: large.yaml}, /b: {get: {}}}\n")
    written(tmp_path, "get: {summary: " + "x" * 2000 + "}\n", "large.yaml")
    contract = loaded(tmp_path, settings=LoaderSettings(max_bytes=1024))
    assert said(contract.diagnostics) == [
        (
            "openapi.yaml:2: large.yaml: the file is larger than 1,024 bytes. If it is wanted, raise [loader] "
            "max-bytes. Operations below /a are not tested."
        )
    ]


@pytest.mark.slow
def test_of_many_findings_a_thousand_are_kept(tmp_path: Path) -> None:
    """The list of findings is limited, and each is built in constant time."""
    schemes = ", ".join(f"known{i}: {{type: apiKey}}" for i in range(5000))
    paths = "".join(
        f"  /{i}: {{gett{i}: {{}}, get: {{security: [{{unknown{i}: []}}]}}}}\n" for i in range(5000)
    )
    written(tmp_path, "").write_text(
        f"openapi: 3.1.0\ncomponents: {{securitySchemes: {{{schemes}}}}}\npaths:\n{paths}", encoding="utf-8"
    )
    with bounded():
        contract = loaded(tmp_path)
    assert len(contract.operations) == 5000
    assert len(contract.diagnostics) == 1000
    assert contract.diagnostics[-1].message.endswith(" Further findings are omitted.")


@pytest.mark.slow
def test_a_key_that_is_repeated_a_million_times_is_refused_like_one(tmp_path: Path) -> None:
    """With as many lines as are useful."""
    written(tmp_path, "").write_text("openapi: 3.1.0\n" + "x: 1\n" * 300_000, encoding="utf-8")
    with bounded():
        found = refusals(tmp_path)
    assert {diagnostic.rule for diagnostic in found} == {"duplicate-key"}
    assert len(found) == 1000


def test_merges_do_not_multiply_repeated_keys(tmp_path: Path) -> None:
    """An explicit key beside a merged one is no repetition."""
    written(tmp_path, "openapi: 3.1.0\nx: &x {summary: a}\npaths: {/a: {get: {<<: *x, summary: b}}}\n")
    assert [o.summary for o in loaded(tmp_path).operations] == ["b"]


@pytest.mark.parametrize("name", ["openapi.json", "openapi.yaml"])
def test_an_example_too_deep_to_be_written_is_passed_over(tmp_path: Path, name: str) -> None:
    """Python's reader goes deeper than its writer may at that place."""
    deep = "[" * 480 + "]" * 480
    written(
        tmp_path,
        f"""
        {{"openapi": "3.1.0", "paths": {{"/{{a}}": {{"post": {{
          "parameters": [{{"name": "a", "in": "path", "required": true, "example": {deep},
                          "schema": {{"enum": [{deep}, 7]}}}}],
          "requestBody": {{"content": {{"application/json": {{"example": {deep}, "schema": {{"default": {deep}}}}}}}}}
        }}}}}}}}
        """,
        name,
    )
    (found,) = load(name, LoaderSettings(), cwd=tmp_path, bodies=Bodies.ALL).operations
    assert found.target == "/7"
    assert found.body is not None


def test_an_example_that_aliases_make_large_is_passed_over(tmp_path: Path) -> None:
    """A few lines of YAML, hundreds of thousands of values."""
    lists = "".join(f"  - &l{i + 1} [{', '.join([f'*l{i}'] * 9)}]\n" for i in range(5))
    written(tmp_path, "").write_text(
        f"openapi: 3.1.0\nx:\n  - &l0 [1, 1, 1, 1, 1, 1]\n{lists}"
        "paths: {/a: {get: {parameters: [{name: q, in: query, required: true, example: *l5}]}}}\n",
        encoding="utf-8",
    )
    assert [o.target for o in loaded(tmp_path).operations] == ["/a?q=1"]
