"""What a plan says beside its probes: what is wrong with the document, and what gets no probe."""

from pathlib import Path

from click.testing import CliRunner

from specdrift.cli.main import cli
from tests.loader.documents import written

DOCUMENT = """
    openapi: 3.1.0
    info: {title: T, version: "1"}
    security: [{mtls: []}]
    paths:
      /here: {get: {responses: {"200": {description: ok}}}}
      /elsewhere:
        servers: [{url: "https://other.test"}]
        get: {responses: {"200": {description: ok}}}
      /lost: {$ref: nothing.yaml}
    components: {securitySchemes: {mtls: {type: mutualTLS}}}
    """


def warned(folder: Path, *options: str) -> str:
    """What the command says beside the plan."""
    file = written(folder, DOCUMENT)
    found = CliRunner().invoke(cli, ["plan", str(file), "https://localhost:1", *options])
    assert found.exit_code == 0
    return found.stderr


def test_a_plan_names_what_it_leaves_out(tmp_path: Path) -> None:
    """The check will not judge them; a plan without a word would seem complete."""
    said = warned(tmp_path)
    assert "openapi.yaml:9: nothing.yaml not found" in said
    assert "not sent, and so undecided: GET /elsewhere: it has its own servers, https://other.test" in said
    assert "GET /here" not in said
    assert "shard" not in said


def test_a_plan_of_a_shard_says_which_operations_are_its_own(tmp_path: Path) -> None:
    """Its controls are of other shards."""
    assert "This is shard 1 of 2: " in warned(tmp_path, "--shard", "1/2")
