"""Overrides the file by ``SPECDRIFT_*`` variables and options."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Group, Key, Shape
from specdrift.config.keys.identities import IDENTITIES
from specdrift.config.keys.output import REPORTS
from specdrift.config.reading.validate import Checker, ConfigTable, ConfigTables, ConfigValue, did_you_mean
from specdrift.config.value_types.plain import OUTPUT
from specdrift.settings import NO_FILE, Identity

DEFAULT_IDENTITY = "default"
"""The identity that ``--cert``, ``--key``, ``--key-pass-file`` and ``--cert-type`` describe."""

PREFIX = "SPECDRIFT_"
CONFIG_VARIABLE = "SPECDRIFT_CONFIG"
ALLOW_ENV_VARIABLE = "SPECDRIFT_ALLOW_ENV"
"""Variable with the names of ``--allow-env``, separated by commas."""
CI_VARIABLES = frozenset(
    f"{PREFIX}{name}"
    for name in ("ALLOW_GATE_CHANGES", "GATE_LABEL", "GITLAB_TOKEN", "MODE", "NAME", "PACKAGE", "WEBHOOK_URL")
)
"""Variables of the CI job, its GitLab template and ``specdrift notify``."""
_IDENTITY_MEMBERS = {"role": "roles", "scheme": "schemes", "expect": "expect"}

Options = Mapping[str, Any]
"""Values of the command line, by dotted key (``network.timeout``): text, list of texts, or ``True``.
``SPEC`` and ``BASE_URL`` are the arguments; ``identities`` holds identities or the texts of ``--identity``, ``reports``
the texts of ``--report``.
"""


def overlay(items: ConfigTables, options: Options, checker: Checker) -> None:
    """Override ``items`` in place, by variables, then by options."""
    for group, key in scalar_keys():
        item = _override(group, key, options, checker)
        if item is not None:
            _target(items, group)[key.name] = item
    _add_identities(items, options.get("identities", ()), checker)
    _add_reports(items, options.get("reports", ()), checker)
    _warn_of_unknown_variables(checker)


def scalar_keys() -> Iterator[tuple[Group, Key]]:
    """Return the keys that a variable can set: those of single tables, and of the default identity."""
    for group in GROUPS:
        for key in group.keys:
            if group.shape is Shape.SINGLE or (group is IDENTITIES and (key.option or key.variable)):
                yield group, key


def _override(group: Group, key: Key, options: Options, checker: Checker) -> ConfigValue | None:
    dotted, variable = group.dotted(key), group.variable(key)
    argument = key.name.upper().replace("-", "_")
    if argument in options or dotted in options:
        by_argument = argument in options
        value = options[argument if by_argument else dotted]
        where = argument if by_argument else key.option or argument
        value = list(value) if key.value_type.many else value
        if isinstance(value, str):
            value = key.value_type.from_text(value)
    elif checker.environ.get(variable):
        # The variable holds the secret itself, not a text with references.
        where = variable
        value = (
            f"${{{variable}}}"
            if key.value_type.secret
            else key.value_type.from_text(checker.environ[variable])
        )
    else:
        return None
    return checker.convert(key.value_type, value, key=dotted, where=where)


def _target(items: ConfigTables, group: Group) -> ConfigTable:
    if group.shape is Shape.SINGLE:
        return items.single.setdefault(group.name, {})
    return _identity(items, ConfigValue(value=DEFAULT_IDENTITY, origin="--cert"))


def _identity(items: ConfigTables, name: ConfigValue) -> ConfigTable:
    """Return the entry of that name; add one if there is none."""
    entries = items.lists.setdefault(IDENTITIES.name, [])
    for entry in entries:
        if "name" in entry and entry["name"].value == name.value:
            return entry
    entries.append({"name": name})
    return entries[-1]


def _add_identities(items: ConfigTables, identities: tuple[str | Identity, ...], checker: Checker) -> None:
    """Add the given identities; each replaces the one of its name in the file."""
    names: set[str] = set()
    for identity in identities:
        entry = _parse_identity(identity, checker) if isinstance(identity, str) else _identity_table(identity)
        name = entry["name"].value if "name" in entry else ""
        if name in names:
            checker.problem("--identity", f'"{name}" is given twice')
        names.add(name)
        if name:
            _replace(items.lists.setdefault(IDENTITIES.name, []), entry)


def _identity_table(identity: Identity) -> ConfigTable:
    """The table of an identity that a program passes; members with their default are omitted."""
    values = {key.name: getattr(identity, key.target) for key in IDENTITIES.keys}
    given = {name: value for name, value in values.items() if value and value != NO_FILE}
    return {name: ConfigValue(value=value, origin="identities") for name, value in given.items()}


def _replace(entries: list[ConfigTable], entry: ConfigTable) -> None:
    name = entry["name"].value
    entries[:] = [other for other in entries if "name" not in other or other["name"].value != name]
    entries.append(entry)


def _parse_identity(text: str, checker: Checker) -> ConfigTable:
    """Parse ``NAME=CERT[,KEY][,role=R…][,scheme=S…][,expect=accepted|refused]``."""
    name, _, rest = text.partition("=")
    cert, *parts = rest.split(",")
    raw: dict[str, Any] = {"name": name.strip(), "cert-file": cert}
    for part in parts:
        member, equals, value = part.partition("=")
        if not equals and "key-file" not in raw:
            raw["key-file"] = part
        elif equals and member in ("role", "scheme"):
            raw.setdefault(_IDENTITY_MEMBERS[member], []).append(value)
        elif equals and member == "expect":
            raw["expect"] = value
        else:
            hint = did_you_mean(member, _IDENTITY_MEMBERS) if equals else ""
            checker.problem("--identity", f'"{part}" is not understood in "{text}".{hint}'.removesuffix("."))
            return {}
    if not name.strip() or not cert:
        checker.problem(
            "--identity",
            f'expected NAME=CERT[,KEY][,role=R][,scheme=S][,expect=accepted|refused], not "{text}"',
        )
        return {}
    return _convert_identity(raw, checker)


def _convert_identity(raw: Mapping[str, Any], checker: Checker) -> ConfigTable:
    found: ConfigTable = {}
    for key in IDENTITIES.keys:
        if key.name in raw:
            item = checker.convert(
                key.value_type, raw[key.name], key=f"identities.{key.name}", where="--identity"
            )
            found |= {key.name: item} if item else {}
    return found


def _add_reports(items: ConfigTables, texts: tuple[str, ...], checker: Checker) -> None:
    """Add ``FORMAT=PATH`` reports; each replaces the same format in the file."""
    for text in texts:
        name, _, path = text.partition("=")
        if not name or not path:
            checker.problem("--report", f'expected FORMAT=PATH, such as html=out/report.html, not "{text}"')
            continue
        item = checker.convert(OUTPUT, path, key=f"reports.{name}", where="--report")
        if item is not None:
            items.free.setdefault(REPORTS.name, {})[name] = item


def _warn_of_unknown_variables(checker: Checker) -> None:
    """Warn of variables with a name like one of specdrift. Others may be the job's own."""
    variables = {group.variable(key) for group, key in scalar_keys()} | {CONFIG_VARIABLE, ALLOW_ENV_VARIABLE}
    names = [name.removeprefix(PREFIX) for name in sorted(variables)]
    for variable in sorted(checker.environ):
        if variable.startswith(PREFIX) and variable not in variables | CI_VARIABLES:
            near = _nearest(variable.removeprefix(PREFIX), names)
            if near:
                checker.warn(f'{variable} is not a variable of specdrift. Did you mean "{PREFIX}{near}"?')


def _nearest(name: str, names: Iterable[str]) -> str:
    """Return the known name that is similar, or has all words of the name (``URL``: ``BASE_URL``)."""
    words = set(name.split("_"))
    near = get_close_matches(name, names, n=1) or [one for one in names if words <= set(one.split("_"))]
    return near[0] if near else ""
