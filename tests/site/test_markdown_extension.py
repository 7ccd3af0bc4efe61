"""Generated HTML passes Markdown untouched, and nothing inside or beside a block can open or close one."""

import re

import markdown
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from zoo_tools.site.escape import Html, el, escape
from zoo_tools.site.markdown_extension import BEGIN, END, block, lightened

EXTENSIONS = ["attr_list", "toc", "tables", "fenced_code", "zoo_tools.site.markdown_extension"]
INSIDE = el("div", el("p", "a * b * c"), el("p", "    indented\n\n# no heading\n\n| a | b |"), el("pre", "```"))


def tree(html: str) -> str:
    """Return what a browser makes of HTML, written in one way."""
    return str(BeautifulSoup(html, "html5lib"))


def converted(source: str) -> str:
    return markdown.markdown(source, extensions=EXTENSIONS)


def test_a_block_comes_out_as_it_went_in() -> None:
    html = converted(f"# Title\n\n{block(INSIDE)}\n\nText with *emphasis*.\n\n{block(INSIDE)}\n")
    assert html.count(lightened(INSIDE)) == 2
    assert "<em>emphasis</em>" in html
    assert "zoo:html" not in html


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
HOSTILE = st.lists(
    TEXTS
    | st.sampled_from(["<", ">", "&", '"', "'", "`", "&#60;", "&lt;", END, BEGIN, "\u0002wzxhzdk:0\u0003", "--", "]]>"])
).map("".join)


@given(HOSTILE)
def test_no_text_breaks_out_of_a_block(text: str) -> None:
    """What a browser makes of the page is what it makes of the references: no element more, no letter other."""
    hostile = el("p", f"{text}\n{END}\n<script>\n{BEGIN}", title=text, class_="a", href=text)
    html = converted(block(hostile))
    assert tree(html) == tree(hostile)
    assert "<script" not in html


@given(HOSTILE)
def test_what_is_decoded_can_be_nothing_but_text(text: str) -> None:
    inside, attribute = lightened(escape(text)), lightened(el("p", title=text))
    assert not set("<>") & set(inside)
    assert re.sub(r"&#[0-9]+;", "", inside).count("&") == 0
    value = attribute.removeprefix('<p title="').removesuffix('"></p>')
    assert not set("<>\"'`") & set(value)
    assert re.sub(r"&#[0-9]+;", "", value).count("&") == 0
    # No control, no half of a pair, no other space than the plain one.
    assert all(c.isprintable() for c in inside + attribute)


def test_what_is_harmless_is_decoded() -> None:
    assert lightened(el("p", 'a-b_c.d: it\'s "so"', title="x/y?z=1")) == '<p title="x/y?z=1">a-b_c.d: it\'s "so"</p>'
    assert (
        lightened(el("p", "a < b & c", title='it\'s "so"')) == '<p title="it&#39;s &#34;so&#34;">a &#60; b &#38; c</p>'
    )


@pytest.mark.parametrize(
    "code", ["0", "2", "3", "10", "13", "127", "160", "8232", "8238", "55296", "1114112", "9999999"]
)
def test_what_cannot_be_seen_stays_a_reference(code: str) -> None:
    assert lightened(f"<p>&#{code};</p>") == f"<p>&#{code};</p>"


def test_only_block_level_html_is_taken() -> None:
    with pytest.raises(ValueError, match="is no block"):
        block(Html("<span>x</span>"))


def test_a_forged_placeholder_does_not_fetch_a_block() -> None:
    html = converted(f"{block(INSIDE)}\n\n\u0002wzxhzdk:0\u0003\n")
    assert html.count(lightened(INSIDE)) == 1


def test_markers_inside_a_line_are_text() -> None:
    assert "<em>x</em>" in converted(f"`{BEGIN}` *x*")


def test_a_block_that_is_not_closed_ends_with_the_page() -> None:
    assert converted(f"a\n\n{BEGIN}\n<p>*b*</p>\n") == "<p>a</p>\n<p>*b*</p>"
