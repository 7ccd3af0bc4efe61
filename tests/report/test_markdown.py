"""The report of a pull request: what it says, and that a strict reader of GitHub's Markdown finds only ours in it."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from bs4.element import NavigableString
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.report.hostile import HOSTILE, many, run_of
from zoo_tools.domain.findings import Finding, Location, Outcome, Severity, Status
from zoo_tools.report import FORMATS
from zoo_tools.report.changes import (
    Changes,
    Chosen,
    FigureChange,
    GoldenChange,
    ModelChange,
    SeenChange,
    Selection,
    ValueChange,
)
from zoo_tools.report.markdown_text import code, text
from zoo_tools.report.run import Run

SITE = "https://zoo.example/site"
TAGS = frozenset(
    "h2 h3 h4 p ul li table thead tbody tr th td strong em code br a details summary html head body".split()
)
LOOKED_FOR = re.compile(
    r"""
    (?<![\w`]) @ [\w-]            # a person or team
    | \# [0-9]                    # an issue or pull request
    | \b [gG][hH] - [0-9]
    | : [\w+-]+ :                 # an emoji
    | https?:// | \b www\. \w     # an address
    """,
    re.X,
)
"""What GitHub looks for in the text of a rendered comment, everywhere but in code and links."""
GITHUB = MarkdownIt("gfm-like", {"html": True})

texts = st.sampled_from(HOSTILE) | st.text(max_size=40) | st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join)


def rendered(markdown: str) -> BeautifulSoup:
    return BeautifulSoup(GITHUB.render(markdown), "html5lib")


def hold(markdown: str) -> None:
    """Hold a report against what a stranger might want to bring into it."""
    # GitHub makes links of bare addresses in the source, code or not.
    assert not re.search(r"://|www\.|@", re.sub(rf"\({SITE}/[a-z0-9._/-]+\)", "", markdown))
    page = rendered(markdown)
    assert {tag.name for tag in page.find_all()} <= TAGS
    for tag in page.find_all():
        assert set(tag.attrs) <= ({"href"} if tag.name == "a" else {"style"} if tag.name in ("th", "td") else set())
    for link in page.find_all("a"):
        assert str(link["href"]).startswith(f"{SITE}/")
    for piece in page.find_all(string=True):
        assert isinstance(piece, NavigableString)
        if type(piece) is NavigableString and not any(parent.name in ("code", "a") for parent in piece.parents):
            assert not LOOKED_FOR.search(piece), piece
    # Every row of a table has the columns of its head; what is in `details` is all that should be.
    for table in page.find_all("table"):
        assert len({len(row.find_all(["th", "td"])) for row in table.find_all("tr")}) == 1
    assert all(tag.find_parent("details") is None for tag in page.find_all(["h2", "h3"]))
    assert len(page.find_all("h2")) == 1


@pytest.fixture(autouse=True)
def _site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_TOOLS_SITE_URL", f"{SITE}/")


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: ascii(said)[:30])
def test_nothing_of_a_stranger_is_markup(said: str) -> None:
    hold(FORMATS["markdown"](run_of(said)))


@settings(max_examples=40, deadline=None)
@given(said=texts)
def test_no_text_is_markup(said: str) -> None:
    hold(FORMATS["markdown"](run_of(said)))


@settings(max_examples=200, deadline=None)
@given(said=texts)
def test_a_text_is_shown_letter_by_letter(said: str) -> None:
    shown = said.strip()[:50].strip()
    if not shown.isprintable() or not shown or "`" in shown:
        return
    for write in (text, code):
        row = rendered(f"| a | b |\n|---|---|\n| {write(shown)} | end |\n").find_all("td")
        assert [cell.get_text().replace("\u200b", "") for cell in row] == [shown, "end"]
        paragraph = rendered(f"before {write(shown)} after").get_text().strip()
        assert paragraph.replace("\u200b", "") == f"before {shown} after"


def test_what_is_in_backticks_is_code() -> None:
    page = rendered(text("protocol `st|ap40` and `a@b` say `<b>`, not ` alone"))
    assert [one.get_text() for one in page.find_all("code")] == ["st|ap40", "a@b", "<b>"]
    assert page.get_text().strip().endswith("say <b>, not ` alone")


def full() -> Run:
    error = Finding("ram-total", Severity.ERROR, "m/v/a#r", "total is 3", "write 4", Location("registry/f.yaml", 3, 7))
    waived = Finding(
        "resolution-monotone", Severity.WARNING, "m", "flash is less", "compare", Location("registry/f.yaml", 9, 1),
        "the document says so", "2027-01-31",
    )  # fmt: skip
    outcomes = [
        Outcome("ram-total", "static", "m/v/a#r", Status.FAILED, [error]),
        Outcome("resolution-monotone", "static", "m", Status.PASSED, [waived]),
        Outcome("golden-raw", "run", "m/v/a@p", Status.SKIPPED, reason="recorded by another version"),
        Outcome("schema", "static", "boards/b", Status.PASSED, is_cached=True),
    ]
    golden = GoldenChange(
        "m/v/a@squares", "golden/a.json", 2, 3,
        (SeenChange("cat", "0.9", "0.8", "0.950"), SeenChange("dog", None, "0.61", None)),
        (ValueChange("artifact_sha256", "0" * 64, "1" * 64),), "overlays/m-v-a-squares.png",
    )  # fmt: skip
    figures = (
        FigureChange("variants[v].latencies[a,b,cpu].ms", "ms", "14.37", "14.99", "published by S: card", "measured"),
        FigureChange("variants[v].accuracy[a,p].ap", "%", None, "35.8", None, "published by S: card"),
    )
    values = (ValueChange("contracts[c].decode.threshold", "0.5", "0.6"),)
    changes = Changes("origin/main", "c" * 40, (ModelChange("m", "changed", None, figures, values, (golden,)),))
    chosen = Selection("origin/main", "c" * 40, (Chosen("m", ("its manifest changed",)),), 300, ("gone",))
    return Run("run", outcomes, 3.25, {"m": "0" * 64}, chosen, changes)


def test_a_reviewer_finds_everything_in_it() -> None:
    page = rendered(FORMATS["markdown"](full()))
    said = re.sub(r"\s+", " ", page.get_text().replace("\u200b", ""))
    for sentence in (
        "❌ Findings to mend",
        "2 passed, 1 failed, 1 skipped, 1 error, 1 waived.",
        "From an earlier run, since nothing they rest on has changed: 1 outcome.",
        "error ram-total · m/v/a#r · registry/f.yaml:3:7Total is 3. → Write 4.",
        "m changed: 2 figures, 1 other value, 1 recording",
        "variants[v].latencies[a,b,cpu].ms ms 14.37 14.99 (+4.3 %) published by S: card → measured",
        "variants[v].accuracy[a,p].ap % – 35.8 published by S: card",
        "contracts[c].decode.threshold 0.5 0.6",
        "golden/a.json: 2 → 3 detections.",
        "cat 0.9 0.8 0.950",
        "dog – 0.61 –",
        "drawn in overlays/m-v-a-squares.png",
        "resolution-monotone m Flash is less. the document says so 2027-01-31",
        "1 × Recorded by another version. golden-raw",
        "1 of 300 models are checked: what changed since origin/main (cccccccccccc)",
        "m: its manifest changed",
        "gone: it is there no more",
    ):
        assert sentence in said, said
    links = {str(one["href"]) for one in page.find_all("a")}
    assert links == {
        f"{SITE}/models/m/",
        f"{SITE}/models/m/v/",
        f"{SITE}/checks/ram-total/",
        f"{SITE}/checks/resolution-monotone/",
    }


@pytest.mark.parametrize("url", ["", "http://zoo.example", "https://a@zoo.example", "javascript:x", "https://z.e/a)b"])
def test_an_address_of_the_site_that_is_none_makes_no_links(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_TOOLS_SITE_URL", url)
    assert not rendered(FORMATS["markdown"](full())).find_all("a")


def test_of_many_models_those_with_nothing_to_mend_are_one_row() -> None:
    error = Finding("c", Severity.ERROR, "m007", "x", "y", Location("f"))
    outcomes = [Outcome("c", "static", f"m{n:03}", Status.PASSED) for n in range(300)]
    outcomes[7] = Outcome("c", "static", "m007", Status.FAILED, [error])
    page = rendered(FORMATS["markdown"](Run("static", outcomes, 1.0)))
    table = page.find("table")
    assert table is not None
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in table.find_all("tr")[1:]]
    assert rows == [["m007", "", "1", "1", ""], ["299 models without a failure", "299", "", "", ""]]


def test_the_worst_model_stands_first() -> None:
    findings = [
        Finding("c", severity, model, model, "x", Location("f", 1, 1))
        for model, severity in (("a", Severity.WARNING), ("b", Severity.ERROR), ("c", Severity.WARNING))
    ]
    outcomes = [Outcome("c", "static", one.subject, Status.PASSED, [one]) for one in findings]
    page = rendered(FORMATS["markdown"](Run("static", outcomes, 1.0)))
    assert [one.get_text() for one in page.find_all("h4")] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("old", "new", "by"),
    [("40.66", "40.67", "(+0.02 %)"), ("40.66", "40.71", "(+0.1 %)"), ("100", "99.999", "(-0.001 %)"), ("0", "1", "")],
)
def test_a_change_of_one_digit_is_not_no_change(old: str, new: str, by: str) -> None:
    run = full()
    assert run.changes is not None
    (model,) = run.changes.models
    changed = replace(model, figures=(replace(model.figures[0], old=old, new=new),))
    page = rendered(FORMATS["markdown"](replace(run, changes=replace(run.changes, models=(changed,)))))
    (cells,) = [row.find_all("td") for row in page.find_all("tr") if "latencies" in row.get_text()]
    assert [cell.get_text() for cell in cells[1:3]] == [old, f"{new} {by}".strip()]


def test_what_a_reviewer_needs_first_stands_first() -> None:
    run = full()
    warning = Finding("unpinned", Severity.WARNING, "m/v/b", "it has no sha256", "pin it", Location("f", 1, 1))
    note = Finding("figure-stale", Severity.NOTE, "m/v/b", "it is old", "look", Location("f", 1, 1))
    run = replace(run, parts=[*run.parts, Outcome("unpinned", "static", "m/v/b", Status.PASSED, [warning, note])])
    page = rendered(FORMATS["markdown"](run))
    titles = [one.get_text() for one in page.find_all(["h2", "table", "h3", "summary"]) if one.name != "table"]
    assert titles == [
        "❌ Findings to mend", "Errors", "What changes since origin/main (cccccccccccc)", "Figures",
        "Contracts, files and other values", "Recorded detections", "Accepted by waivers", "Warnings", "Not checked",
        "1 notes",
        "1 of 300 models are checked: what changed since origin/main (cccccccccccc), and what depends on it",
    ]  # fmt: skip


def test_every_section_of_a_report_that_is_too_long_is_there() -> None:
    found, run = many(5000), full()
    assert run.changes is not None
    (model,) = run.changes.models
    (golden,) = model.goldens
    crowd = replace(
        model,
        figures=tuple(replace(model.figures[0], at=f"variants[{n}].ms") for n in range(3000)),
        values=tuple(replace(model.values[0], at=f"contracts[{n}]") for n in range(3000)),
        goldens=tuple(replace(golden, case=f"m/v/a@p{n}") for n in range(400)),
    )
    skipped = [Outcome("c", "run", "m", Status.SKIPPED, reason=f"for reason {n}") for n in range(2000)]
    report = FORMATS["markdown"](
        replace(run, parts=[*found.parts, *run.parts, *skipped], changes=replace(run.changes, models=(crowd,)))
    )
    assert len(report) < 65_536
    hold(report)
    page = rendered(report)
    rows = [len(table.find_all("tr")) for table in page.find_all("table")]
    assert rows[0] > 20, "the table of models"
    for title in ("Errors", "Warnings", "Figures", "Contracts, files", "Recorded", "Accepted", "Not checked"):
        heading = next(one for one in page.find_all("h3") if one.get_text().startswith(title))
        assert heading.find_next(["li", "td"]) is not None
    assert report.count("more ") >= 6


def test_a_cut_report_is_whole_markup() -> None:
    report = FORMATS["markdown"](many(5000))
    hold(report)
    page = rendered(report)
    assert Counter(tag.name for tag in page.find_all("details")) == {"details": 1}
    for noun in ("errors", "warnings", "notes"):
        assert f"more {noun}; the JSON report has all of them" in page.get_text()
