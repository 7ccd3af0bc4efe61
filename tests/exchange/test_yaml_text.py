"""YAML that reads well says exactly what was put in."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_tools.exchange.yaml_text import Flow, FlowList, Quoted, Tree, yaml_text
from zoo_tools.registry.columns import aligned
from zoo_tools.registry.source import parse_source, plain

WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12).filter(str.strip)
KEYS = st.sampled_from(["a", "bb", "ccc", "dddd"])
VALUES = st.one_of(WORDS, st.integers(0, 9999), st.decimals(0, 1000, places=2))
GROUPS = st.lists(st.dictionaries(KEYS, VALUES, min_size=1), min_size=1, max_size=5)


def read(text: str) -> object:
    source, problems = parse_source(text.encode("utf-8"), "text")
    assert problems == []
    assert source is not None
    return plain(source.root)


@settings(deadline=None)
@given(GROUPS)
def test_aligning_moves_values_and_changes_none(groups: list[dict[str, Tree]]) -> None:
    text = yaml_text({"groups": [Flow(group) for group in groups]})
    assert read(text) == {"groups": [{key: str(value) for key, value in group.items()} for group in groups]}
    assert aligned(text) == text


def test_lines_of_one_shape_stand_in_columns() -> None:
    text = yaml_text({"x": [Flow(a=1, b=Flow(c=Decimal("2.50"))), Flow(a=100, b=Flow(c=3)), Flow(z=1)]})
    assert text == "x:\n- {a: 1,   b: {c: 2.50}}\n- {a: 100, b: {c: 3}}\n- {z: 1}\n"


def test_scalars_keep_their_looks() -> None:
    tree: dict[str, Tree] = {
        "digits": Decimal("35.80"),
        "whole": Decimal(51),
        "day": date(2026, 11, 20),
        "text": "025_192",
        "quoted": Quoted("plain"),
        "list": FlowList([192, 192, 3]),
        "twice": FlowList([Decimal("1.0"), Decimal("1.0")]),
    }
    assert yaml_text(tree) == (
        "digits: 35.80\nwhole: 51\nday: 2026-11-20\ntext: '025_192'\nquoted: \"plain\"\nlist: [192, 192, 3]\n"
        "twice: [1.0, 1.0]\n"
    )


def test_a_text_over_several_lines_is_never_aligned() -> None:
    text = "\n- {a: 1, b: 2}\n- {a: 100, b: 2}\n"
    written = yaml_text({"note": text, "list": [text, Flow(a=text)]})
    assert len(written.split("\n")) == 5
    assert read(written) == {"note": text, "list": [text, {"a": text}]}
