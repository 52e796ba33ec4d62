"""Reads a page with the standard library's parser, strictly: what is not closed is an error."""

from html.parser import HTMLParser

from msgspec import Struct, field

APART = dict.fromkeys(("td", "th", "dt", "dd", "caption", "li", "p"), " ")
"""Elements that a reader sees apart from what follows them."""
VOID = frozenset({"meta", "input", "rect", "br", "wbr", "link"})


class Element(Struct):
    """An element with its attributes, its own text and everything inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """Every element of that tag below, in the page's order; ``class_`` matches one of several."""
        found = [self] if self._is(tag, attributes) else []
        return found + [match for child in self.children for match in child.all(tag, **attributes)]

    def one(self, tag: str, **attributes: str) -> "Element":
        """The only element of that tag below."""
        (found,) = self.all(tag, **attributes)
        return found

    def _is(self, tag: str, wanted: dict[str, str]) -> bool:
        classes = self.attributes.get("class", "").split()
        exact = {name: value for name, value in wanted.items() if name != "class_"}
        return (
            tag in (self.tag, "*")
            and exact.items() <= self.attributes.items()
            and ("class_" not in wanted or wanted["class_"] in classes)
        )

    @property
    def words(self) -> str:
        """All text inside, with single blanks."""
        return " ".join(self._inner().split())

    @property
    def words_raw(self) -> str:
        """All text inside, as it is."""
        return self._inner()

    def _inner(self) -> str:
        return self.text + "".join(child._inner() for child in self.children) + APART.get(self.tag, "")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [Element("#page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.stack[-1].tag == tag, f"</{tag}> closes <{self.stack[-1].tag}> in line {self.getpos()[0]}"
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        # As a text node of its own, so that the order of text and elements is kept.
        self.stack[-1].children.append(Element("#text", {}, text=data))


def parse(data: bytes) -> Element:
    """The page as a tree."""
    reader = _Reader()
    reader.feed(data.decode())
    reader.close()
    assert len(reader.stack) == 1, f"<{reader.stack[-1].tag}> is never closed"
    return reader.stack[0]
