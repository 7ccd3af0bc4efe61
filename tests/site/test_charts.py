"""Charts: every point is a row, drawings are the same bytes everywhere, and what a stranger wrote stays text."""

import json
import os
import re
import subprocess
import sys
from random import Random

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from tests.site.building import EXAMPLE, REAL
from tests.site.catalogue.generated import BOARDS, rows
from zoo_tools.registry.load import load_registry
from zoo_tools.site import charts
from zoo_tools.site.catalogue.rows import rows_of
from zoo_tools.site.pages import compare
from zoo_tools.site.zoo import Zoo

REAL_ZOO = Zoo(load_registry(REAL))
PROTOCOL = "st-ap40-coco-person"


def test_points_are_the_rows_with_both_numbers_and_fronts_rise() -> None:
    random = Random(7)
    catalogue = rows(random, 200)
    frame = charts.points(catalogue, "ap-a", {board: board for board in BOARDS})
    wanted = {
        row.id: (float(row.latency.number), float(number))
        for row in catalogue
        if row.board is not None and row.latency.number is not None and (number := row.ap("ap-a").number) is not None
    }
    assert dict(zip(frame["id"], zip(frame["latency"], frame["ap"], strict=True), strict=True)) == wanted
    for _, front in frame[frame["front"]].groupby("board"):
        assert front.sort_values(["latency", "ap"])["ap"].is_monotonic_increasing


def test_a_board_has_the_same_sign_in_every_chart() -> None:
    def signs(html: str) -> dict[str, str]:
        legend = BeautifulSoup(html, "html5lib").select(".zoo-chart__legend li")
        return {item.get_text(strip=True): str(item.select_one("path")) for item in legend}

    everywhere = signs(charts.pareto(REAL_ZOO))
    assert len(set(everywhere.values())) == len(everywhere) > 3
    for board in ("stm32h747i-disco", "stm32n6570-dk"):
        alone = signs(charts.pareto(REAL_ZOO, boards=[board], width=300, height=150))
        assert len(alone) == 1
        assert alone.items() <= everywhere.items()


def test_points_differ_by_shape_and_follow_the_palette() -> None:
    html = BeautifulSoup(charts.pareto(REAL_ZOO), "html5lib")
    points = html.select(".mark-symbol path")
    assert len({re.sub(r"[\d.,-]", "", str(point["d"])) for point in points}) > 2
    colours = {str(element[key]) for element in html.select("svg *") for key in ("fill", "stroke") if element.get(key)}
    assert {colour for colour in colours if not colour.startswith("var(--")} == {"none"}


def test_a_drawing_does_not_depend_on_the_process() -> None:
    """Fonts, hash seeds and what was drawn before make no difference."""
    program = (
        "import sys; from pathlib import Path; from zoo_tools.registry.load import load_registry; "
        "from zoo_tools.site import charts; from zoo_tools.site.zoo import Zoo; "
        "sys.stdout.write(charts.pareto(Zoo(load_registry(Path(sys.argv[1])))))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "FONTCONFIG_FILE": "/nonexistent", "LANG": "C"}
    run = subprocess.run(
        [sys.executable, "-c", program, str(REAL)], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == str(charts.pareto(REAL_ZOO))


def test_nothing_is_drawn_of_fewer_than_two_points() -> None:
    assert charts.pareto(REAL_ZOO, protocol="wider-face-val-easy") == ""
    assert charts.pareto(Zoo(load_registry(EXAMPLE)), protocol="ap-a", boards=["board-n"]) == ""


def test_a_heading_cannot_leave_the_drawing() -> None:
    zoo = Zoo(load_registry(EXAMPLE))
    names = charts.boards_of(zoo)
    attack = '</text></svg><script>struck</script>" onload="struck'
    spec = charts.specification(
        charts.points(rows_of(zoo), "ap-a", names), list(names.values()), accuracy=attack, width=300, height=200
    )
    html = BeautifulSoup(charts.svg(spec, label=attack), "html5lib")
    assert html.select("script, [onload]") == []
    assert "</text></svg><script>" in html.get_text()


@given(st.lists(st.floats(1e-4, 1e6), min_size=1, max_size=20))
def test_ticks_lie_between_the_ends_in_order(times: list[float]) -> None:
    found = charts.ticks(times)
    assert found == sorted(set(found))
    assert all(min(times) <= tick <= max(times) for tick in found)
    if max(times) >= 12 * min(times):
        assert 3 <= len(found) <= 12


def test_a_great_many_points_are_drawn_as_fronts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def count() -> int:
        return len(BeautifulSoup(charts.pareto(REAL_ZOO), "html5lib").select(".mark-symbol path"))

    every = count()
    monkeypatch.setattr(charts, "MOST", 20)
    frame = charts.points(rows_of(REAL_ZOO), PROTOCOL, charts.boards_of(REAL_ZOO))
    assert (every, count()) == (len(frame), int(frame["front"].sum()))


def test_the_browser_gets_each_chart_without_data() -> None:
    text = compare.files(Zoo(load_registry(EXAMPLE)))[compare.CATALOGUE].decode("ascii")
    tree = json.loads(text.partition(" = ")[2].partition(";\n")[0])
    assert set(tree["charts"]) == {"ap-a", "ap-b"}
    assert all(chart["datasets"] == {"rows": []} for chart in tree["charts"].values())
