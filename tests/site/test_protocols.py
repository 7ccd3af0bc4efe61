"""Protocols: why two may not be compared, to the point; what is unknown is said; every figure under one is there."""

import pytest

from tests.site.pages import REAL_ZOO, cells, example_zoo, parsed, table
from zoo_tools.domain.figures import figures_of
from zoo_tools.domain.manifest import Accuracy
from zoo_tools.domain.references import Evaluator, Protocol, Unknown
from zoo_tools.site.comparability import METHODS, PICTURES, are_related, differences, unknowns
from zoo_tools.site.pages import protocols

PAGES = dict(protocols.pages(REAL_ZOO))
KNOWN = {id_: entry.value for id_, entry in REAL_ZOO.registry.protocols.items()}


def why(here: str, there: str) -> list[str]:
    return differences(KNOWN[here], KNOWN[there], REAL_ZOO)


def test_every_protocol_has_a_page_and_a_row() -> None:
    assert set(PAGES) == {protocols.INDEX, *(f"protocols/{id_}.md" for id_ in KNOWN)}
    assert set(cells(table(parsed(PAGES[protocols.INDEX]), "All protocols"))) == {one.short for one in KNOWN.values()}


def test_sts_ap40_against_sts_ap50_is_another_threshold() -> None:
    said = why("st-ap40-coco-person", "st-ap50-coco-person")
    assert "IoU 0.4 here, 0.5 there; the lower is easier to reach and gives higher figures" in said
    assert any(text.startswith("maybe different images: which split was taken") for text in said)


def test_sts_metric_against_cocos_is_another_matching() -> None:
    said = why("st-ap40-person-val73", "coco-ap40-person-val73")
    assert "computed by st-all-points here, by coco there" in said
    assert not any("images" in text and "different" in text for text in said)


def test_a_part_of_the_pictures_is_named_as_one() -> None:
    said = why("st-ap40-person-val73", "st-ap40-coco-person")
    assert said[0] == "different images: 73 pictures of COCO val2017 that hold persons here, COCO 2017, persons there"
    assert "one set is a part of the other, and AP of a part is not AP of the whole" in said


def test_twenty_boxes_are_not_a_hundred() -> None:
    assert "how many detections a picture count: 100 here, 20 there" in why("coco-ap-val2017", "omz-coco-precision")


@pytest.mark.parametrize("here", KNOWN)
def test_there_is_always_a_reason_and_it_holds_both_ways(here: str) -> None:
    for there in KNOWN:
        if there == here:
            continue
        ours, theirs = why(here, there), why(there, here)
        assert ours
        assert len(ours) == len(theirs)
        assert len(set(ours)) == len(ours)


def test_of_one_protocol_with_itself_nothing_differs() -> None:
    one = KNOWN["coco-ap-val2017"]
    assert differences(one, one, REAL_ZOO) == [
        "nothing that is stated differs; that they are computed alike was not tried"
    ]


def test_unknowns_are_counted_and_shown() -> None:
    assert unknowns(KNOWN["st-ap40-coco-person"]) == ["which split", "how many detections count"]
    page = parsed(PAGES["protocols/st-ap40-coco-person.md"]).get_text()
    for field in ("split", "max_detections"):
        unknown = getattr(KNOWN["st-ap40-coco-person"], field)
        assert isinstance(unknown, Unknown)
        assert unknown.unknown in page


def test_a_protocol_that_is_not_computed_says_so_and_gives_no_command() -> None:
    page = parsed(PAGES["protocols/omz-coco-precision.md"])
    assert "It is not computed here" in page.get_text()
    assert not page.select("pre")
    assert "zoo_tools evaluate" in parsed(PAGES["protocols/coco-ap50-shapes.md"]).select("pre")[0].get_text()


def test_the_command_asks_for_pictures_only_where_the_registry_holds_none() -> None:
    held = parsed(PAGES["protocols/coco-ap50-shapes.md"]).select("pre")[0].get_text()
    elsewhere = parsed(PAGES["protocols/coco-ap40-person-val73.md"]).select("pre")[0].get_text()
    assert "--data" not in held
    assert "--data coco-person-val73=PATH" in elsewhere


@pytest.mark.parametrize("protocol", KNOWN)
def test_every_figure_under_it_is_there_and_none_else_the_best_first(protocol: str) -> None:
    wanted = {
        (entry.id, figure.address): figure.value
        for entry in REAL_ZOO.models
        for figure in figures_of(entry.value)
        if isinstance(figure.group, Accuracy) and figure.group.protocol == protocol
    }
    shown = parsed(PAGES[f"protocols/{protocol}.md"]).select("[data-figure]")
    found = [((str(one["data-model"]), str(one["data-figure"])), one.get_text()) for one in shown]
    assert dict(found) == {key: str(value) for key, value in wanted.items()}
    assert [float(text) for _, text in found] == sorted((float(text) for _, text in found), reverse=True)


def test_related_protocols_have_reasons_and_the_others_one_line() -> None:
    page = parsed(PAGES["protocols/st-ap40-coco-person.md"])
    rows = cells(table(page, "Protocols it differs from"))
    related = {
        one.short for id_, one in KNOWN.items()
        if id_ != "st-ap40-coco-person" and are_related("coco-2017-person", one.dataset, REAL_ZOO)
    }  # fmt: skip
    assert set(rows) == related
    assert "AP50 VOC (ST)" not in rows
    assert "AP50 VOC (ST)" in page.get_text().partition("Other pictures altogether")[2]


def test_every_method_and_choice_of_pictures_has_words() -> None:
    assert set(METHODS) == set(Evaluator.model_fields["method"].annotation.__args__)  # type: ignore[union-attr]
    assert set(PICTURES) == set(Evaluator.model_fields["pictures"].annotation.__args__)  # type: ignore[union-attr]


def test_datasets_in_a_circle_end() -> None:
    zoo = example_zoo()
    things = zoo.registry.datasets["things"].value
    assert are_related("things", "things", zoo)
    assert not are_related("things", "nothing", zoo)
    assert things.subset_of is None


def test_interpolation_and_matching_count_where_nothing_is_computed() -> None:
    base = {name: getattr(KNOWN["coco-ap-val2017"], name) for name in Protocol.model_fields}
    other = Protocol(**{**base, "evaluator": None, "interpolation": "11 points", "id": "other"})
    assert "which points of the curve count differs" in differences(KNOWN["coco-ap-val2017"], other, REAL_ZOO)
