"""Keys at the top of the file."""

from specdrift.config.keys.config_key import Group, Key, Section
from specdrift.config.keys.permission import HARMLESS_METHODS, Permission
from specdrift.config.keys.selectors import selectors
from specdrift.config.value_types import hosts, plain, quantities
from specdrift.model.policy import FailOn, UnsafeMethods
from specdrift.rules.standards import STANDARD_PROFILES

_SELECTION = (
    Key(
        name="unsafe-methods",
        permission=Permission.CHANGE,
        harmless=HARMLESS_METHODS,
        field="selection.unsafe_methods",
        value_type=plain.choice(UnsafeMethods),
        help="Handling of operations by other methods than GET, HEAD and OPTIONS: send nothing, a handshake, the head "
        "of a request that requires a body, or the request.",
        option="--unsafe-methods",
        section=Section.SCOPE,
    ),
    Key(
        name="include-logout",
        permission=Permission.CHANGE,
        field="selection.include_logout",
        value_type=plain.FLAG,
        help="Also call operations that appear to end a session.",
        option="--include-logout",
        section=Section.SCOPE,
    ),
    Key(
        name="allow-destructive",
        permission=Permission.CHANGE,
        field="selection.allow_destructive",
        value_type=plain.FLAG,
        help="Also send what is named like reset, and with --unsafe-methods send DELETE and PUT with a made-up body.",
        option="--allow-destructive",
        section=Section.SCOPE,
    ),
    Key(
        name="checks",
        field="checks.only",
        value_type=plain.NAMES,
        help="Run only these checks.",
        option="--checks",
        section=Section.SCOPE,
    ),
    Key(
        name="skip-checks",
        field="checks.skip",
        value_type=plain.NAMES,
        help="Run all checks except these.",
        option="--skip-checks",
        section=Section.SCOPE,
    ),
    Key(
        name="exhaustive",
        field="checks.exhaustive",
        value_type=plain.FLAG,
        help="Probe every operation with every identity: no inference from the listener, no sampling, no cap.",
        option="--exhaustive",
        synonym="--thorough",
        section=Section.SCOPE,
    ),
    Key(
        name="profile",
        field="checks.profile",
        value_type=plain.optional_word(*STANDARD_PROFILES),
        help="Standard: the result states what the run says about each of its requirements, and drifts have at least "
        "the severity that it requires.",
        option="--profile",
        section=Section.SCOPE,
    ),
    *selectors(options=True, group="selection."),
)

_PREVIOUS_RUNS = (
    Key(
        name="baseline",
        field="prior.baseline",
        value_type=plain.NEW_FILE,
        help="Baseline of accepted drifts; each entry has a reason and an expiry date.",
        option="--baseline",
        section=Section.BASELINES,
    ),
    Key(
        name="update-baseline",
        field="prior.update_baseline",
        value_type=plain.FLAG,
        help="Add open drifts to the baseline and remove fixed ones.",
        option="--update-baseline",
        section=Section.BASELINES,
    ),
    Key(
        name="baseline-warn-days",
        field="prior.baseline_warn_days",
        value_type=plain.integer(0),
        help="Warn of entries of the baseline that expire within so many days.",
        option="--baseline-warn-days",
        section=Section.BASELINES,
    ),
    Key(
        name="previous",
        field="prior.previous",
        value_type=plain.FILE,
        help="Earlier result; the report shows new, fixed, unchanged and newly undecided drifts.",
        option="--previous",
        section=Section.BASELINES,
    ),
)

TOP = Group(
    name="",
    about="Document, target, scope and exit status",
    keys=(
        Key(
            name="spec",
            value_type=plain.DOCUMENT,
            help="OpenAPI document: a file, an http(s) URL or REV:PATH.",
        ),
        Key(
            name="base-url",
            permission=Permission.DIRECT,
            value_type=hosts.URL,
            help="URL of the API; default: the document's first https server, if allow-hosts names its host.",
            option="--base-url",
            section=Section.TARGET,
        ),
        Key(
            name="fail-on",
            field="gate.fail_on",
            value_type=plain.choice(FailOn),
            help="Lowest severity that makes the exit status 1.",
            option="--fail-on",
            section=Section.EXIT_STATUS,
        ),
        Key(
            name="allow-incomplete",
            field="gate.allow_incomplete",
            value_type=plain.FLAG,
            help="Exit with 0 instead of 3 if an operation is undecided.",
            option="--allow-incomplete",
            section=Section.EXIT_STATUS,
        ),
        Key(
            name="not-deployed-ok",
            field="gate.not_deployed_ok",
            value_type=plain.FLAG,
            help="Exit with 0 instead of 3 for operations that the server does not have yet.",
            option="--not-deployed-ok",
            section=Section.EXIT_STATUS,
        ),
        Key(
            name="exit-zero",
            field="gate.exit_zero",
            value_type=plain.FLAG,
            help="Exit with 0 also for drift and undecided operations.",
            option="--exit-zero",
            section=Section.EXIT_STATUS,
        ),
        *_SELECTION,
        *_PREVIOUS_RUNS,
        Key(
            name="changed-since",
            field="selection.changed_since",
            value_type=plain.DOCUMENT,
            help="Probe only operations whose requirements differ from this older document (added, changed or "
            "removed), and the listener.",
            option="--changed-since",
            section=Section.SCOPE,
        ),
        Key(
            name="record",
            field="recording.record",
            value_type=plain.NEW_FILE,
            help="Write a recording of all observations, for `specdrift report --rejudge`.",
            option="--record",
            section=Section.OUTPUT,
        ),
        Key(
            name="shard",
            field="selection.shard",
            value_type=quantities.SHARD,
            help="Probe part I of N of the operations; `specdrift merge` joins the results.",
            option="--shard",
            section=Section.SCOPE,
        ),
        Key(
            name="resume",
            field="recording.resume",
            value_type=plain.NEW_FILE,
            help="Checkpoint file: written during the run, and resumed from after an interrupted run.",
            option="--resume",
            section=Section.BASELINES,
        ),
    ),
)
