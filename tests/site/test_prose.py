"""Notes and docstrings: a little Markdown, and never a tag of the writer's own."""

from pathlib import Path

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_tools.errors import BrokenFileError
from zoo_tools.site.notes import MAX_BYTES, read_notes
from zoo_tools.site.prose import inline, prose

WORDS = st.sampled_from(
    [
        "word",
        "`code`",
        "**b**",
        "[l](https://example.org/)",
        "[l](javascript:x)",
        "<b>",
        "- ",
        "* ",
        "## ",
        "\n",
        "\n\n",
        "  ",
        "&lt;",
    ]
)


def test_paragraphs_lists_and_headings() -> None:
    text = "First\nline.\n\n## A heading\n\n- one\n  and more\n- two\nafter"
    assert prose(text) == (
        '<div class="zoo-prose"><p>First line&#46;</p><h3>A heading</h3>'
        "<ul><li>one and more</li><li>two</li></ul><p>after</p></div>"
    )


def test_code_emphasis_and_links() -> None:
    assert inline("a `b<` **c** [d](https://example.org/)") == (
        'a <code>b&#60;</code> <strong>c</strong> <a href="https&#58;&#47;&#47;example&#46;org&#47;">d</a>'
    )


def test_a_link_elsewhere_than_to_https_is_shown_as_it_was_typed() -> None:
    assert inline("[x](javascript:alert)") == "&#91;x&#93;&#40;javascript&#58;alert&#41;"


@given(st.lists(WORDS).map("".join))
def test_only_these_elements_come_out(text: str) -> None:
    tree = html5lib.parseFragment(prose(text), namespaceHTMLElements=False)
    elements = list(tree.iter())[1:]
    assert {element.tag for element in elements} <= {"div", "p", "ul", "li", "h3", "code", "strong", "a"}
    assert all(element.get("href", "https://").startswith("https://") for element in elements)


def test_a_model_without_notes_has_none(tmp_path: Path) -> None:
    assert read_notes(tmp_path / "notes.md") == ""


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"\xff", "is not UTF-8"), (b"x" * (MAX_BYTES + 1), "is larger than 64 KiB")],
)
def test_unreadable_notes_are_an_error(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(content)
    with pytest.raises(BrokenFileError, match=complaint):
        read_notes(path)


def test_notes_are_not_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "notes.md").symlink_to(tmp_path / "secret")
    with pytest.raises(BrokenFileError, match="symbolic link"):
        read_notes(tmp_path / "notes.md")
