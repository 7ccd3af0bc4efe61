"""The fast reader answers only with what the YAML parser gives: same tree, same marks, no problem left unsaid."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from zoo_tools.registry.events import read_events
from zoo_tools.registry.fast_source import Reading, read_fast
from zoo_tools.registry.source import parse_source
from zoo_tools.registry.tree import plain

REPOSITORY = Path(__file__).resolve().parents[2]
REGISTRY = sorted((REPOSITORY / "registry").rglob("*.yaml"))
EXAMPLES = sorted((REPOSITORY / "tests").rglob("*.yaml"))
TOKENS = [
    *"abc019.-_/+*&!|>'\"#:,[]{}?%@`~=<$;()^\\\n\n ",
    "\n- ", "\n  ", ": ", ":\n", " #", "- ", "---", "...", "\n---\n", "\n...\n", "    ", "\n    ", "\n\n", "''", "? ",
    "- a: ",
    "|-", ">-", ">+", "|2", ">-\n  x\n  y\n", "|\n  x\n\n  y\n", "null", "Null", "<<: ", "a: ", "b: ", "\nb: ",
    "é", "x y",
    "1.10", "12:30", "https://x.y/z?a=b", "{a: b}", "[a, b]", "], ", "}, ", "--x",
]  # fmt: skip


def answer(text: str) -> Reading | None:
    """Read a text as `parse_source` does: what is not printable is never given to the fast reader."""
    return read_fast(text) if text.replace("\n", "").isprintable() else None


def check_agreement(text: str) -> bool:
    """Compare both readers where the fast one answers; return whether it does."""
    reading = answer(text)
    if reading is None:
        return False
    root, problems = read_events(text)
    assert not [problem.message for problem in problems]
    assert reading.marked(text) == root
    assert root is not None
    assert reading.tree == plain(root)
    return True


@pytest.mark.parametrize("path", REGISTRY, ids=lambda path: str(path.relative_to(REPOSITORY / "registry")))
def test_a_file_of_the_registry_is_read_the_same(path: Path) -> None:
    check_agreement(path.read_text(encoding="utf-8"))


def test_the_registry_is_read_fast_but_for_unusual_notation() -> None:
    left = [path for path in REGISTRY if answer(path.read_text(encoding="utf-8")) is None]
    assert len(left) < len(REGISTRY) / 10, left


def test_example_files_are_read_the_same_and_most_of_them_fast() -> None:
    answered = [check_agreement(path.read_text(encoding="utf-8")) for path in EXAMPLES]
    assert sum(answered) > len(answered) / 3


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_a_file_with_other_line_ends_is_left_to_the_parser(ending: str) -> None:
    text = REGISTRY[0].read_text(encoding="utf-8").replace("\n", ending)
    assert answer(text) is None
    source, problems = parse_source(text.encode(), "x.yaml")
    assert source is not None
    assert not problems


@given(st.lists(st.sampled_from(TOKENS), max_size=24).map("".join))
@settings(max_examples=600, deadline=None)
@example("a: >-\n  b\n   c\n")
@example("a: |\n  b\n    \nc: d\n")
@example("a: [b,\n c #d\n]\n")
@example("a:\n- b\nc: {d: 'e''f', \"g\": [h, {i: j}]} # k\n")
@example("- - a: b\n    c:\n    - d\n  - e\n")
@example("a: |-\n  # b\n\n  c\n# d\n")
def test_any_text_is_read_the_same(text: str) -> None:
    check_agreement(text)
    check_agreement(f"a:\n- {text}\n")
    check_agreement(f"a: {text}\nb: [{text}]\n")


LINES = [line for path in REGISTRY for line in path.read_text(encoding="utf-8").split("\n")]


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Some lines of the registry with a few characters removed, added or moved."""
    start = draw(st.integers(0, len(LINES) - 1))
    text = "\n".join(LINES[start : start + draw(st.integers(1, 25))]) + "\n"
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        match draw(st.sampled_from(["add", "remove", "join", "double"])):
            case "add":
                text = text[:at] + draw(st.sampled_from(TOKENS)) + text[at:]
            case "remove":
                text = text[:at] + text[at + draw(st.integers(1, 3)) :]
            case "join":
                text = text[:at] + text[at:].replace("\n", "", 1)
            case _:
                line = text[:at].count("\n")
                lines = text.split("\n")
                text = "\n".join([*lines[: line + 1], *lines[line:]])
    return text


@given(spoilt())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_spoilt_registry_files_are_read_the_same(text: str) -> None:
    check_agreement(text)


PLAIN = st.from_regex(r"[a-z0-9][a-z0-9 ./+-]{0,8}[a-z0-9]", fullmatch=True).filter(lambda word: word != "null")
QUOTED = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\"\\'"), max_size=6)
SCALAR = st.one_of(PLAIN, QUOTED.map('"{}"'.format), QUOTED.map("'{}'".format))
FLOW = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=3).map(lambda items: "{" + ", ".join(f"k{i}: {x}" for i, x in enumerate(items)) + "}"),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: "[\n " + ",\n   ".join(items) + "\n ]"),
    ),
    max_leaves=6,
)
FOLDED = st.lists(PLAIN, min_size=1, max_size=3)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0) -> list[str]:
    """Lines of a block mapping or list in the notation of the registry."""
    lines: list[str] = []
    is_list = draw(st.booleans())
    for i in range(draw(st.integers(1, 3))):
        head = "- " if is_list else f"key{i}: "
        kind = draw(st.sampled_from(["value", "value", "folded", "block"])) if depth < 4 else "value"
        if kind == "block":
            inner = draw(blocks(depth + 1))
            if is_list:
                lines += [f"- {inner[0]}", *(line and f"  {line}" for line in inner[1:])]
            else:
                indent = "" if inner[0].startswith("- ") and draw(st.booleans()) else "  "
                lines += [f"key{i}:", *(line and indent + line for line in inner)]
        elif kind == "folded":
            width = draw(st.integers(3, 5)) * " "
            lines += [head + draw(st.sampled_from([">-", ">", "|", "|-"]))]
            blank = draw(st.sampled_from(["\n", "\n\n", "\n\n\n"]))
            lines += blank.join(width + word for word in draw(FOLDED)).split("\n")
        else:
            value = draw(FLOW).split("\n")
            lines += [head + value[0], *value[1:]]
            lines[-1] += draw(st.sampled_from(["", "", "  # a comment"]))
        lines += draw(st.sampled_from([[], [], [""], ["# a comment"]]))
    return lines


@given(blocks())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_written_as_the_registry_is_is_answered(lines: list[str]) -> None:
    assert check_agreement("\n".join(lines) + "\n")
