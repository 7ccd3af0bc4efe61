"""Datasets: splits as stated and unknown where they are not, files by digest, who was trained and measured on them."""

import pytest

from tests.site.pages import REAL_ZOO, cells, parsed, table
from zoo_tools.site.pages import datasets

PAGES = dict(datasets.pages(REAL_ZOO))
KNOWN = {id_: entry.value for id_, entry in REAL_ZOO.registry.datasets.items()}


def page(dataset: str) -> str:
    return parsed(PAGES[f"datasets/{dataset}.md"]).get_text()


def test_every_dataset_has_a_page_and_a_row() -> None:
    assert set(PAGES) == {datasets.INDEX, *(f"datasets/{id_}.md" for id_ in KNOWN)}
    assert set(cells(table(parsed(PAGES[datasets.INDEX]), "All datasets"))) == {one.title for one in KNOWN.values()}


@pytest.mark.parametrize("dataset", KNOWN)
def test_splits_are_the_stated_ones_or_unknown(dataset: str) -> None:
    stated = KNOWN[dataset]
    if stated.splits:
        rows = cells(table(parsed(PAGES[f"datasets/{dataset}.md"]), "Splits"))
        assert {name: row[:2] for name, row in rows.items()} == {
            split.id: [split.purpose, str(split.images)] for split in stated.splits
        }
    else:
        assert ("is not divided" in page(dataset)) == (stated.contents is not None)
        assert ("Unknown" in page(dataset)) == (stated.contents is None)


@pytest.mark.parametrize("dataset", KNOWN)
def test_licence_labels_and_notes_are_there(dataset: str) -> None:
    stated = KNOWN[dataset]
    said = " ".join(page(dataset).split())
    assert stated.licence in said
    assert REAL_ZOO.labels_title(stated.labels) in said
    assert stated.note is None or " ".join(stated.note.split()) in said


def test_files_are_known_by_digest_or_nobody_can_prove_a_copy() -> None:
    held = KNOWN["coco-person-val73"].contents
    assert held is not None
    assert held.annotations.sha256 in page("coco-person-val73")
    assert "--data coco-person-val73=PATH" in page("coco-person-val73")
    assert "registry/datasets/example-shapes-val" in page("example-shapes-val")
    assert "nothing proves that a copy of yours" in page("wider-face")


def test_models_trained_for_it_lead_to_their_cards() -> None:
    for dataset in KNOWN:
        links = {str(a["href"]) for a in parsed(PAGES[f"datasets/{dataset}.md"]).select("li a")}
        for entry in REAL_ZOO.models:
            for variant in entry.value.variants:
                expected = variant.dataset == dataset
                assert (f"../../models/{entry.id}/{variant.id}/" in links) == expected


def test_parts_and_wholes_lead_to_each_other() -> None:
    assert "../coco-2017/" in PAGES["datasets/coco-2017-person.md"]
    assert "../coco-2017-person/" in PAGES["datasets/coco-2017.md"]
