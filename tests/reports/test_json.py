"""The result as JSON: the published schema, and back without loss."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from msgspec.structs import replace

from specdrift.compressed import packed, unpacked
from specdrift.errors import UsageError
from specdrift.model.result.result import SCHEMA_VERSION, Result
from specdrift.reports import FORMATS, RenderOptions, read, render, render_in_pieces, result_schema
from specdrift.result.schema.codec import Misfit, member
from specdrift.result.schema.codec import record as codec_of
from specdrift.result.schema.probes import PROBE
from specdrift.result.schema.scalars import TEXTS
from specdrift.whole_file import write_whole
from tests.reports import extremes, factory

SCHEMA = Draft202012Validator(result_schema(), format_checker=FormatChecker())
DEFINITIONS: Any = result_schema()["$defs"]
MADE_UP = [
    factory.story,
    factory.consistent,
    factory.incomplete,
    factory.hopeless,
    factory.document_only,
    extremes.hostile,
]


def written(result: Result) -> bytes:
    """The result in its JSON, nothing taken out."""
    return FORMATS["json"].render(result, RenderOptions())


def json_reads_back_as_it_was_and_fits_the_schema(result: Result) -> None:
    """Nothing is lost between two programs, whatever a server put into its answers."""
    data = written(result)
    assert read(data) == result
    SCHEMA.validate(json.loads(data))


def each_exchange_is_written_as_its_json_value(result: Result) -> None:
    """What is written at once, and once for many equal parts, is the text of the value that is read back."""
    for record in (*result.probes, *result.probes):
        assert PROBE.write(record) == json.dumps(PROBE.dump(record))


def test_equal_parts_of_exchanges_are_read_as_one_object() -> None:
    """Requests and responses of thousands of exchanges are read, and kept, once. True, 1 and 1.0 are not equal."""
    twice = factory.story().probes[:1] * 2
    first, second = (PROBE.load(PROBE.dump(record)) for record in twice)
    assert first.probe.request is second.probe.request
    assert first.observation.http is second.observation.http
    raw = PROBE.dump(twice[0])
    raw["response"]["truncated"] = 0
    with pytest.raises(Misfit, match=r"response\.truncated"):
        PROBE.load(raw)


@pytest.mark.parametrize("make", MADE_UP)
def test_a_realistic_result_reads_back_and_fits_the_schema(make: Callable[[], Result]) -> None:
    """The same for runs as they happen."""
    result = make()
    data = written(result)
    assert read(data) == result
    SCHEMA.validate(json.loads(data))


def test_the_schema_is_itself_valid_and_strict() -> None:
    """An unknown member is an error: a typo in a filter is found."""
    Draft202012Validator.check_schema(result_schema())
    data = json.loads(written(factory.story()))
    data["drifts"][0]["rules"] = "typo"
    assert [error.validator for error in SCHEMA.iter_errors(data)] == ["additionalProperties"]


CONTRACT = {
    "": "schema_version tool started_at finished_at exit_status spec target config identities operations "
    "drifts undocumented skipped undecided probes counts suppressed problem problem_kind stop_reason interrupted",
    "config/spec": "value text origin group",
    "tool": "name version",
    "spec": "source sha256 openapi title operations",
    "target": "base_url addresses listeners",
    "identities/0": "name kind profile roles expect subject issuer serial sha256 not_before not_after",
    "operations/0": "method path operation_id tags demand origin alternatives location enforcement layer "
    "verdict confidence outcomes values",
    "operations/0/location": "file line column end_line end_column pointer",
    "operations/0/alternatives/0/0": "scheme type scopes",
    "operations/0/outcomes/0": "identity outcome basis probe",
    "operations/1/values/id": "value source",
    "drifts/0": "rule severity confidence operation identity profile title message remediation location "
    "related probes fingerprint status reproduce",
    "undocumented/0": "method path",
    "skipped/0": "operation check reason",
    "undecided/0": "operation reason how_to_decide",
    "probes/0": "id check operation identity request tls response outcome attempts elapsed_ms control",
    "probes/0/request": "method target headers sni alpn tls",
    "probes/0/tls": "version cipher certificate_requested certificate_sent alert phase resumed",
    "probes/0/response": "status headers body_sha256 body_excerpt length",
    "counts": "operations probed by_listener drifts undecided skipped requests connections",
    "counts/drifts": "by_rule by_severity",
    "suppressed/0": "fingerprint reason owner expires",
}


@pytest.mark.parametrize("path", CONTRACT)
def test_members_have_stable_paths(path: str) -> None:
    """These names are public: renaming one breaks dashboards."""
    found = json.loads(written(factory.story()))
    for step in filter(None, path.split("/")):
        found = found[int(step)] if isinstance(found, list) else found[step]
    assert not [name for name in CONTRACT[path].split() if name not in found]


def test_each_member_has_its_own_line() -> None:
    """Line tools can count and compare: twelve operations stand on twelve lines."""
    lines = written(factory.story()).decode().splitlines()
    assert sum(line.startswith('  {"method": ') and '"demand"' in line for line in lines) == 12


def test_it_is_all_ascii() -> None:
    """The server's text cannot change the terminal of a reader."""
    assert written(extremes.hostile()).isascii()
    assert b"\x1b" not in written(extremes.hostile())


def test_the_same_result_gives_the_same_bytes() -> None:
    """Files can be compared and cached."""
    assert written(factory.story()) == written(factory.story())


def damaged(change: Callable[[dict[str, object]], object]) -> bytes:
    """A result after an edit by hand."""
    data = json.loads(written(factory.story()))
    change(data)
    return json.dumps(data).encode()


NO_RESULTS = {
    "not JSON": (b"<html>", "it is not JSON"),
    "not text": (b"\xff\xfe\x00", "it is not JSON"),
    "endless nesting": (b"[" * 200_000, "it is not JSON"),
    "another JSON": (b'{"openapi": "3.1.0"}', "it has no schema_version"),
    "a list": (b"[]", "it has no schema_version"),
    "a strange version": (b'{"schema_version": "one"}', "'one' is no schema version"),
    "an older major": (damaged(lambda d: d.update(schema_version="1.0")), "run it again"),
    "a newer major": (damaged(lambda d: d.update(schema_version="3.0")), "has schema version 3.0"),
    "a newer minor": (damaged(lambda d: d.update(schema_version="2.99")), "has schema version 2.99"),
    "missing member": (damaged(lambda d: d.pop("drifts")), "the member 'drifts' is missing"),
    "unknown member": (damaged(lambda d: d.update(drift=[])), "there is no member 'drift' here"),
    "wrong enum": (
        damaged(lambda d: d["operations"][3].update(demand="requierd")),  # type: ignore[index]
        "operations[3].demand: one of required, one-of-several",
    ),
    "a flag for a number": (damaged(lambda d: d.update(exit_status=True)), "exit_status: a whole number"),
    "bad time": (damaged(lambda d: d.update(started_at="yesterday")), "started_at: a time like"),
    "no list": (damaged(lambda d: d.update(probes={})), "probes: a list is wanted"),
    "no object": (damaged(lambda d: d.update(tool=[])), "tool: an object is wanted"),
}


@pytest.mark.parametrize("name", NO_RESULTS)
def test_an_invalid_result_is_refused_in_one_sentence(name: str) -> None:
    """With the place of the error; the command line ends with status 2."""
    data, words = NO_RESULTS[name]
    with pytest.raises(UsageError) as caught:
        read(data)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_newer_version_is_refused_with_advice() -> None:
    """Not a stack trace: read it with a newer specdrift."""
    newer = damaged(lambda d: d.update(schema_version="7.1"))
    with pytest.raises(UsageError, match=f"this specdrift reads {SCHEMA_VERSION}: read it with"):
        read(newer)


def test_parameters_of_one_name_are_all_kept() -> None:
    """A path parameter and a query parameter may share a name."""
    data = json.loads(render(factory.story(), "json"))
    item = data["operations"][1]
    item["values"]["id (query)"] = {**item["values"]["id"], "location": "query"}
    again = json.loads(written(read(json.dumps(data).encode())))
    assert list(again["operations"][1]["values"]) == ["id", "id (query)"]


def oldest(value: Any, schema: dict[str, Any]) -> Any:  # noqa: ANN401
    """Take out of a JSON value every member that a result may lack."""
    schema = DEFINITIONS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for kind in schema.get("anyOf", ()):
        value = oldest(value, kind)
    if isinstance(value, dict) and "required" in schema:
        return {name: oldest(value[name], schema["properties"][name]) for name in schema["required"]}
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [oldest(item, schema["items"]) for item in value]
    return value


@pytest.mark.parametrize("make", MADE_UP)
def test_a_result_without_what_older_versions_did_not_write_is_read(make: Callable[[], Result]) -> None:
    """Members that came later have a default."""
    result = make()
    whole = json.loads(written(result))
    raw = oldest(whole, result_schema())
    assert raw.keys() < whole.keys()
    found = read(json.dumps(raw).encode())
    assert [drift.fingerprint for drift in found.drifts] == [drift.fingerprint for drift in result.drifts]
    assert len(found.probes) == len(result.probes)


def test_a_default_that_cannot_be_read_is_an_error_at_once() -> None:
    """Not when a user reads the first older file."""
    with pytest.raises(Misfit, match="a list is wanted"):
        codec_of("part", "A part.", (member("names", TEXTS, default=()),), dict)


def test_pieces_give_the_bytes_of_the_report() -> None:
    """Whether it is one piece or many."""
    for name in FORMATS:
        assert b"".join(render_in_pieces(factory.story(), name)) == render(factory.story(), name)


@pytest.mark.slow
def test_a_large_result_is_written_without_its_text_in_memory(tmp_path: Path) -> None:
    """The text takes several times the memory of the result."""
    story = factory.story()
    large = replace(story, probes=story.probes * (6_000 // len(story.probes)))
    tracemalloc.start()
    write_whole(tmp_path / "result.json.gz", packed(render_in_pieces(large, "json"), "result.json.gz"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = len(unpacked((tmp_path / "result.json.gz").read_bytes()))
    assert size > 5_000_000
    assert peak < size / 4
