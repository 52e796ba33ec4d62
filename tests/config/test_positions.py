"""Which line a TOML key stands on, however it is written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdrift.config.reading.positions import KeyPath, Positions

NASTY = '''\
# a comment with [brackets] and "quotes"
text = """
[not-a-table]
not-a-key = 1
\\"""" # "
'literal key' = 'a # b'
"q.\\u0041" . 'z z' = [1, # ]
 [2,
 3,],
 { m = "}", n.o = 2 } ,
]
[[t]]
x = 1979-05-27T07:32:00Z
[t.sub]
y = {}
[[t]]
z = []
[[t.sub."k"]]
  w = \'\'\'
a\'\'\'\'
[[t.sub.k]]
  w = ''
[ spaced . out ] # ok
key="v"# ok
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("text",), 2),
        (("literal key",), 6),
        (("q.A", "z z"), 7),
        (("q.A", "z z", 1, 1), 9),
        (("q.A", "z z", 2, "m"), 10),
        (("q.A", "z z", 2, "n", "o"), 10),
        (("t", 0), 12),
        (("t", 0, "x"), 13),
        (("t", 0, "sub", "y"), 15),
        (("t", 1), 16),
        (("t", 1, "sub", "k", 0, "w"), 19),
        (("t", 1, "sub", "k", 1, "w"), 22),
        (("spaced", "out", "key"), 24),
        (("t", 1, "absent", "deeper"), 16),
        (("absent",), 1),
    ],
)
def test_every_key_is_found_on_its_line(path: KeyPath, line: int) -> None:
    """Strings, comments, inline tables and arrays of tables do not mislead the scanner."""
    assert tomllib.loads(NASTY)
    assert Positions(NASTY).line(path) == line


@pytest.mark.parametrize(
    "value", ['""', "''", '""""""', "''''''", '"""""a"""""', "'''''a'''''", '"\\""', "[]", "{}"]
)
def test_a_value_ends_as_toml_defines(value: str) -> None:
    """Empty strings, and quotes beside the closing quotes, end neither too early nor too late."""
    text = f"a = {value}\nb = 1\n"
    assert tomllib.loads(text)["b"] == 1
    assert Positions(text).line(("b",)) == 2


KEYS = st.text(st.sampled_from("aZ09é漢😀.#[]{}'\"\\=,-_ \t"), min_size=1, max_size=6)
SCALARS = st.one_of(
    st.integers(-9, 9).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.text(st.sampled_from(" #[]{}'=,.\\nab"), max_size=6).map(
        lambda text: f'"{text.replace(chr(92), "")}"'
    ),
)


def _quoted(key: str) -> str:
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08X}" for c in key) + '"'


@given(st.dictionaries(KEYS, st.lists(SCALARS, max_size=3), min_size=1, max_size=5))
def test_lines_are_those_where_keys_were_written(table: dict[str, list[str]]) -> None:
    """Whatever keys and values are, a key's line is the one that it was written on."""
    lines = [f"{_quoted(key)} = [{', '.join(values)}]" for key, values in table.items()]
    positions = Positions("\n".join(lines))
    assert [positions.line((key,)) for key in table] == list(range(1, len(table) + 1))
