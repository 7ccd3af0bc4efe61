"""Formatting: the same form for the same content, never another meaning, never a lost comment."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from zoo_tools.registry.formatting import formatted
from zoo_tools.registry.source import parse_source, plain

REGISTRY = Path(__file__).resolve().parents[2] / "registry"
FILES = sorted(REGISTRY.rglob("*.yaml"))

UNTIDY = """\


# about the file
id:   x   
map:
      # about a
      a: {b:   1,c: [ 1,2 , 3 ]  }     # why
      longer:   2
      list:
         -   k: v
             # inside
             l:
                 - m
         - {one: a, two: bb}
         - {one: aaa,   two: b}



text: |
      keep   # this

        and   this
folded: >-
  a
  b
quoted: "a   # b"   # c
wide:  1
wider: 2
last: [a,
       b]

"""  # noqa: W291 (the spaces are the point)

TIDY = """\
# about the file
id: x
map:
  # about a
  a: {b: 1, c: [1, 2, 3]} # why
  longer: 2
  list:
  - k: v
    # inside
    l:
    - m
  - {one: a,   two: bb}
  - {one: aaa, two: b}

text: |
      keep   # this

        and   this
folded: >-
  a
  b
quoted: "a   # b" # c
wide:  1
wider: 2
last: [a,
       b]
"""


def tree(data: bytes) -> object:
    source, problems = parse_source(data, "x.yaml")
    assert not problems
    assert source is not None
    return plain(source.root)


def test_the_one_form() -> None:
    assert formatted(UNTIDY.encode()).decode() == TIDY


def test_windows_line_ends_go() -> None:
    assert formatted(UNTIDY.replace("\n", "\r\n").encode()).decode() == TIDY


@pytest.mark.parametrize(
    "text", ["a: |\n  x  \n  y\n", "a: |+\n  x\n\n\nb: 1\n", 'a: "x  \\\n  y"\nb: 1\n', "a: |2\n   x\n"]
)
def test_spaces_that_are_part_of_a_text_stay(text: str) -> None:
    assert formatted(text.encode()).decode() == text


def test_what_goes_on_moves_with_what_it_goes_on_from() -> None:
    assert formatted(b"a:\n    b: [1,\n    2]\n    c: 1\n").decode() == "a:\n  b: [1,\n  2]\n  c: 1\n"
    assert formatted(b"a:\n    b: x\n      y\n    c: 1\n").decode() == "a:\n  b: x\n    y\n  c: 1\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(REGISTRY).as_posix())
def test_the_registry_stands_in_it(path: Path) -> None:
    assert formatted(path.read_bytes()) == path.read_bytes(), "run `zoo_tools fmt`"


@pytest.mark.parametrize(
    "data",
    [b"a: 1\na: 2\n", b"a: [1\n", b"a: &x 1\n", b"a: !!str 1\n", b"\xff", b"- a\n--- \n- b\n"],
)
def test_what_is_not_strict_yaml_is_left_alone(data: bytes) -> None:
    with pytest.raises(ValueError, match="only a strict YAML file"):
        formatted(data)


WORDS = st.text(st.sampled_from("ab1-. :#{}[],'\"|>é"), min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
KEYS = st.from_regex(r"[a-z][a-z0-9_.-]{0,9}", fullmatch=True)
LEAVES = WORDS | st.integers(-99, 99) | st.sampled_from(["a\nb", "line one\nline two\n", "x" * 130, "a b " * 20])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(KEYS, inner, min_size=1, max_size=4),
    max_leaves=14,
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A registry-like file in some untidy form: other indents, flow here and there, comments, blanks."""
    yaml = YAML()
    yaml.width = draw(st.sampled_from([20, 60, 4000]))
    offset = draw(st.sampled_from([0, 2]))
    yaml.indent(mapping=draw(st.sampled_from([2, 4, 5])), sequence=2 + offset, offset=offset)
    out = io.StringIO()
    yaml.dump(_styled(draw, draw(st.dictionaries(KEYS, TREES, min_size=1, max_size=5))), out)
    lines = []
    for line in out.getvalue().split("\n"):
        said = ""
        if re.fullmatch(r" *(- )*[a-z][a-z0-9_.-]*: [a-z0-9]+", line):
            lines += draw(
                st.sampled_from([[], [], [""], ["", ""], [" " * (len(line) - len(line.lstrip())) + "# note"]])
            )
            said = draw(st.sampled_from(["", "", "   ", " # said", "    # said"]))
        lines.append(line + said)
    return "\n".join(lines).encode()


def _styled(draw: st.DrawFn, value: object) -> object:
    is_flow = draw(st.booleans())
    if isinstance(value, dict):
        mapping = CommentedMap((key, _styled(draw, one)) for key, one in value.items())
        if is_flow:
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        sequence = CommentedSeq([_styled(draw, one) for one in value])
        if is_flow:
            sequence.fa.set_flow_style()
        return sequence
    return value


@given(data=files())
def test_formatting_changes_neither_values_nor_words_and_once_is_enough(data: bytes) -> None:
    source, problems = parse_source(data, "x.yaml")
    if source is None or problems:
        with pytest.raises(ValueError, match="only a strict YAML file"):
            formatted(data)
        return
    after = formatted(data)
    assert tree(after) == tree(data)
    assert b"".join(after.split()) == b"".join(data.split())
    assert after.count(b"# said") == data.count(b"# said")
    assert formatted(after) == after
