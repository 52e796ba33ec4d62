"""An inventory names services once, shares what they have in common, and says where it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ConfigError, UsageError
from specdrift.fleet.inventory.inventory import Inventory, read
from specdrift.fleet.inventory.merged_tables import ValueSources, settings_of
from specdrift.fleet.plan import Choice, chosen, plan

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.settings import Settings


def inventory(folder: Path, text: str) -> Inventory:
    """Write and read it."""
    (folder / "inventory.toml").write_text(text)
    return read(folder / "inventory.toml", cwd=folder)


def settings(folder: Path, text: str) -> dict[str, Settings]:
    """The settings of every service, by its id."""
    around = ValueSources(cwd=folder, environ={})
    found = inventory(folder, text).services
    return {service.id: settings_of(service.layers, around) for service in found}


LAYERED = """
[defaults]
fail-on = "warning"
[defaults.network]
timeout = "3s"
[[defaults.identities]]
name = "alice"
cert-file = "alice.pem"
[environments.staging]
base-url = "https://{service}.staging.example.test"
[environments.production]
base-url = "https://{service}.example.test"
fail-on = "error"
[[services]]
name = "orders"
spec = "orders.yaml"
[services.network]
retries = 0
[[services.identities]]
name = "alice"
cert-file = "orders-alice.pem"
[services.in.production.network]
rate-limit = "5/s"
[[services]]
name = "cash"
spec = "cash.yaml"
base-url = "https://cash.internal.example.test"
environments = ["production"]
"""


def test_each_service_runs_in_each_of_its_environments(tmp_path: Path) -> None:
    """Two environments make two of a service that names none."""
    found = inventory(tmp_path, LAYERED).services
    assert [service.id for service in found] == ["orders@staging", "orders@production", "cash@production"]


def test_the_nearer_table_wins_key_by_key(tmp_path: Path) -> None:
    """Defaults, then environment, then service, then the service in that environment."""
    found = settings(tmp_path, LAYERED)
    staging, production = found["orders@staging"], found["orders@production"]
    assert (staging.base_url, staging.gate.fail_on) == ("https://orders.staging.example.test", "warning")
    assert (production.base_url, production.gate.fail_on) == ("https://orders.example.test", "error")
    assert (staging.network.timeout, staging.network.retries) == (3.0, 0)
    assert (staging.network.rate_limit, production.network.rate_limit) == (None, 5.0)
    assert found["cash@production"].base_url == "https://cash.internal.example.test"


def test_an_identity_takes_the_place_of_the_shared_one_of_its_name(tmp_path: Path) -> None:
    """And paths start at the inventory's folder, with their line as the origin."""
    found = settings(tmp_path, LAYERED)
    assert [one.cert_file.name for one in found["orders@staging"].identities] == ["orders-alice.pem"]
    assert [one.cert_file for one in found["cash@production"].identities] == [tmp_path / "alice.pem"]
    assert found["orders@staging"].origins["network.retries"] == "inventory.toml:18"


def test_a_pattern_makes_a_service_of_each_document(tmp_path: Path) -> None:
    """They are called like their folders, and braces of path templates stay."""
    for name in ("orders", "cash"):
        (tmp_path / "apis" / name).mkdir(parents=True)
        (tmp_path / "apis" / name / "openapi.yaml").write_text("openapi: 3.1.0\n")
    text = (
        '[[services]]\nspec = "apis/*/openapi.yaml"\nbase-url = "https://{folder}.example.test"\n'
        'owner = "team-{folder}"\ninclude-path = "/{service}"\n'
    )
    found = settings(tmp_path, text)
    assert {name: (one.spec, one.base_url) for name, one in found.items()} == {
        "cash": ("apis/cash/openapi.yaml", "https://cash.example.test"),
        "orders": ("apis/orders/openapi.yaml", "https://orders.example.test"),
    }
    assert found["cash"].selection.include.paths == ("/{service}",)
    owners = {service.id: service.owner for service in inventory(tmp_path, text).services}
    assert owners == {"cash": "team-cash", "orders": "team-orders"}


def test_a_pattern_of_configurations_keeps_what_each_team_wrote(tmp_path: Path) -> None:
    """Their paths start at their own files; the inventory's service goes before."""
    (tmp_path / "orders").mkdir()
    own = 'spec = "api.yaml"\nfail-on = "note"\n[network]\nretries = 5\n'
    (tmp_path / "orders" / "specdrift.toml").write_text(own)
    text = '[defaults]\nfail-on = "error"\n[[services]]\nconfig = "*/specdrift.toml"\n[services.network]\nretries = 1\n'
    found = settings(tmp_path, text)["orders"]
    assert (found.spec, found.gate.fail_on, found.network.retries) == ("orders/api.yaml", "note", 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[flet]\n", 'inventory.toml:1: unknown key "flet". Did you mean "fleet"?'),
        ("[fleet]\nwrokers = 3\n", 'inventory.toml:2: unknown key "wrokers". Did you mean "workers"?'),
        ("[fleet]\nworkers = 0\n", "inventory.toml:2: fleet.workers: expected"),
        ("services = 3\n", "inventory.toml:1: services: expected an array of tables: [[services]]"),
        ("[environments]\na = 1\n", "inventory.toml:2: environments: expected a table"),
        ("[[services]]\nnam = 'a'\n", 'inventory.toml:2: unknown key "nam". Did you mean "name"?'),
        ("[[services]]\nspec = 'a'\n", 'inventory.toml:1: services: "name" is missing'),
        ("[[services]]\nname = 'a b'\n", 'inventory.toml:1: services.name: "a b" may have letters'),
        (
            "[[services]]\nspec = 'no/*.yaml'\n",
            'inventory.toml:2: services.spec: no file matches "no/*.yaml"',
        ),
        (
            "[[services]]\nspec = '*.yaml'\nconfig = '*.toml'\n",
            "inventory.toml:1: services: only one of spec and config can be a pattern",
        ),
        (
            "[environments.staging]\n[[services]]\nname = 'a'\nenvironments = 'stagin'\n",
            'inventory.toml:4: services.environments: there is no environment "stagin". Did you mean "staging"?',
        ),
        (
            "[[services]]\nname = 'a'\n[services.in.prod]\n",
            'inventory.toml:3: services.in: there is no environment "prod"',
        ),
        (
            "[[services]]\nname = 'a'\n[[services]]\nname = 'a'\n",
            'inventory.toml:3: services.name: "a" is already at inventory.toml:1',
        ),
        ("[fleet]\n", "inventory.toml: no service: add a [[services]] entry for each"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, problem: str, tmp_path: Path) -> None:
    """And with the nearest key that there is."""
    with pytest.raises(ConfigError) as caught:
        inventory(tmp_path, text)
    assert any(line.startswith(problem) for line in str(caught.value).splitlines()), str(caught.value)


def test_a_mistake_in_shared_keys_is_said_once(tmp_path: Path) -> None:
    """However many services share it, and beside the mistakes of others."""
    text = '[defaults]\nfail_on = "error"\n' + "".join(
        f'[[services]]\nname = "s{number}"\nspec = "a.yaml"\n' for number in range(3)
    )
    found = inventory(tmp_path, text + "[services.server]\ncafile = 'x'\n")
    with pytest.raises(ConfigError) as caught:
        plan(found, Choice(), cwd=tmp_path, elsewhere=False)
    assert str(caught.value).splitlines() == [
        'inventory.toml:2: unknown key "fail_on". Did you mean "fail-on"?',
        'inventory.toml:13: unknown key "cafile". Did you mean "ca-file"?',
    ]


def test_a_service_needs_a_document(tmp_path: Path) -> None:
    """Said before anything is sent."""
    found = inventory(tmp_path, "[[services]]\nname = 'a'\n")
    with pytest.raises(ConfigError, match=r'inventory\.toml:1: services: "spec" is missing for a'):
        plan(found, Choice(), cwd=tmp_path, elsewhere=False)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), ["orders@staging", "orders@production", "cash@production"]),
        (Choice(only=("orders",)), ["orders@staging", "orders@production"]),
        (Choice(only=("c*", "orders@staging")), ["orders@staging", "cash@production"]),
        (Choice(environments=("staging",)), ["orders@staging"]),
    ],
)
def test_the_command_line_narrows(choice: Choice, expected: list[str], tmp_path: Path) -> None:
    """By patterns of names and by environment."""
    assert [service.id for service in chosen(inventory(tmp_path, LAYERED), choice)] == expected


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        (Choice(only=("ordrs@staging",)), 'no service is selected. Did you mean "orders@staging"?'),
        (Choice(environments=("stagin",)), 'there is no environment "stagin". Did you mean "staging"?'),
    ],
)
def test_a_choice_of_nothing_is_an_error(choice: Choice, problem: str, tmp_path: Path) -> None:
    """A job that checks nothing must not be green."""
    with pytest.raises(UsageError) as caught:
        chosen(inventory(tmp_path, LAYERED), choice)
    assert str(caught.value) == problem


SECRET = '[[services]]\nname = "a"\nspec = "a.yaml"\n[services.schemes.key]\nvalue = "${NEVER_SET}"\n'


def test_variables_of_other_machines_are_not_asked_for_here(tmp_path: Path) -> None:
    """With a scheduler secrets are where the workers are; without one they are needed here."""
    found = inventory(tmp_path, SECRET)
    assert len(plan(found, Choice(), cwd=tmp_path, elsewhere=True).tasks) == 1
    with pytest.raises(ConfigError, match=r"inventory\.toml:5: .*NEVER_SET is not set"):
        plan(found, Choice(), cwd=tmp_path, elsewhere=False)


def test_services_of_one_listener_share_a_target(tmp_path: Path) -> None:
    """So that no two workers ask it at a time; the usual port counts when none is written."""
    text = "".join(
        f'[[services]]\nname = "s{number}"\nspec = "a.yaml"\nbase-url = "{url}"\n'
        for number, url in enumerate(("https://a.test/v1", "https://a.test:443/v2", "https://a.test:444"))
    )
    found = inventory(tmp_path, text)
    tasks = plan(found, Choice(), cwd=tmp_path, elsewhere=False).tasks
    assert [task.target for task in tasks] == ["a.test:443", "a.test:443", "a.test:444"]


def test_entries_of_several_services_are_shared(tmp_path: Path) -> None:
    """Those of the defaults may match nothing in one service; its own must match."""
    entry = 'include-path = "/a"\nallow-roles = ["clerk"]\n'
    service = '[[services]]\nname = "a"\nspec = "a.yaml"\n'
    text = f"[[defaults.operations]]\n{entry}{service}[[services.operations]]\n{entry}"
    (found,) = settings(tmp_path, text).values()
    assert [one.shared for one in found.operations] == [True, False]
