"""A text of sections keeps its limit, and says of every row whether it is there."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_tools.report.sections import Block, Section, fitted

rows = st.lists(st.integers(1, 60).map(lambda size: "é" * size + "row\n"), max_size=20)
blocks = st.lists(st.builds(Block, st.just("head\n"), rows), max_size=4)
sections = st.lists(
    st.builds(Section, st.just("title\n"), blocks, st.just("rows"), st.sampled_from([0.0, 0.1, 0.3])), max_size=3
)


@given(sections=sections, limit=st.integers(800, 4000))
def test_the_limit_holds_and_no_row_is_lost(sections: list[Section], limit: int) -> None:
    text = fitted("start\n", sections, limit)
    assert len(text.encode()) <= limit
    shown = text.count("row\n")
    left = sum(int(count) for count in re.findall(r"and (\d+) more rows", text))
    total = [sum(len(block.rows) for block in section.blocks) for section in sections]
    assert shown + left == sum(total)
    assert text.count("title\n") == sum(count > 0 for count in total)
    needed = len("start\n") + sum(160 + 6 + one.size for one in sections if one.size)
    if needed <= limit:
        assert left == 0, "nothing is left out where there is room"


def test_what_one_section_does_not_need_another_gets() -> None:
    many = Section("a\n", [Block("", ["x" * 99 + "\n"] * 50)], "rows", 0.1)
    few = Section("b\n", [Block("", ["y\n"])], "rows", 0.9)
    assert fitted("", [many, few], 4000).count("x" * 99) > 30


def test_every_section_has_its_share() -> None:
    many = [Section(f"{n}\n", [Block("", [f"{n}" * 99 + "\n"] * 500)], "rows", 0.3) for n in range(3)]
    text = fitted("", many, 30_000)
    assert all(80 < text.count(f"{n}" * 99) < 120 for n in range(3))


def test_shares_of_more_than_everything_leave_the_first_its_own() -> None:
    many = [Section(f"{n}\n", [Block("", [f"{n}" * 99 + "\n"] * 500)], "rows", 0.4) for n in range(4)]
    text = fitted("", many, 40_000)
    assert all(80 < text.count(f"{n}" * 99) < 120 for n in range(4))


def test_too_few_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        fitted("x" * 100, [], 50)
