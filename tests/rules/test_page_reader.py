"""The pages of rules have one structure, and a page that departs from it is named with its line."""

import pytest

from specdrift.rules.explanation import Stack
from specdrift.rules.page_reader import InvalidPage, explanations, parse_page

PROSE = """\
# a-rule

## How it is found

By a request
without a certificate.

## What is correct

It is rejected.
"""
FIX = """
## Fix: nginx

Verify it.

```nginx
# a comment, no heading
ssl_verify_client on;

```
"""
CHANGE = """
## Before

```yaml
a: 1
```

## After

```yaml
a: 2
```
"""


def test_all_pages_can_be_read() -> None:
    """The file's name is the rule's id."""
    assert explanations()
    assert all(name == explanation.rule for name, explanation in explanations().items())


def test_a_page_about_a_server() -> None:
    """The lines of a paragraph are joined; those of a snippet stay as they are."""
    page = parse_page("a-rule.md", PROSE + FIX)
    assert (page.probed, page.correct) == ("By a request without a certificate.", "It is rejected.")
    fix = page.fixes[Stack.NGINX]
    assert (fix.text, fix.language) == ("Verify it.", "nginx")
    assert fix.snippet == "# a comment, no heading\nssl_verify_client on;\n"
    assert page.change is None


def test_a_page_about_the_document() -> None:
    """It has no fixes of servers."""
    page = parse_page("a-rule.md", PROSE + CHANGE)
    assert page.change is not None
    assert (page.change.before, page.change.after, page.change.language) == ("a: 1", "a: 2", "yaml")
    assert not page.fixes


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, 'must start with a heading "# <rule id>"'),
        (PROSE.replace("a-rule", "other") + FIX, 1, 'must be the heading "# a-rule" alone'),
        (PROSE.replace("found", "seen") + FIX, 3, '"## How it is found" is expected here'),
        (PROSE + "\nAnd more.\n" + FIX, 12, "a section has one paragraph"),
        (PROSE, 8, '"## Before" is expected here'),
        (PROSE + FIX + FIX, 22, '"## Fix: nginx" is not expected here'),
        (PROSE + FIX.replace("nginx\n\nV", "IIS\n\nV"), 12, '"## Before" is expected here'),
        (PROSE + FIX.replace("Verify it.", ""), 12, '"Fix: nginx" must be a paragraph and a code block'),
        (PROSE + FIX.replace("```nginx", "```"), 16, "the code block does not name its language"),
        (PROSE + FIX.rstrip().removesuffix("```"), 16, "the code block is not closed"),
        (PROSE + FIX + "More.\n", 21, "nothing may follow the code block"),
        (PROSE + CHANGE.replace("## After", "### After"), 18, 'headings after the first start with "## "'),
        (PROSE + CHANGE.replace("yaml\na: 2", "toml\na: 2"), 18, "must be of one language"),
        (PROSE + CHANGE.replace("## After", "## Then"), 18, '"## After" is expected here'),
    ],
)
def test_a_broken_page_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    """The author of a page sees where to correct it."""
    with pytest.raises(InvalidPage) as raised:
        parse_page("a-rule.md", text)
    assert str(raised.value).startswith(f"a-rule.md:{line}: ")
    assert problem in str(raised.value)
