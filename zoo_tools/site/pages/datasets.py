"""A page for each dataset: what it is, its pictures and splits, its licence, who was trained and measured on it."""

from collections.abc import Iterator

from zoo_tools.domain.references import Contents, Dataset
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.page import Page
from zoo_tools.site.pages.card.subject import card_source
from zoo_tools.site.pages.entries import dataset_source, listed, names, protocol_source
from zoo_tools.site.place import Place
from zoo_tools.site.tables import Column, Row, facts, table
from zoo_tools.site.zoo import Zoo

__all__ = ["dataset_source", "pages"]

INDEX = "datasets/index.md"


def pages(zoo: Zoo) -> Iterator[tuple[str, str]]:
    """Yield source and text of the index and of each dataset's page."""
    trained = _trained(zoo)
    yield INDEX, _index(zoo, trained)
    for id_, entry in zoo.registry.datasets.items():
        yield dataset_source(id_), _page(zoo, entry.value, trained.get(id_, {}))


def _trained(zoo: Zoo) -> dict[str, dict[str, list[str]]]:
    """Return the variants trained for each dataset, by model."""
    found: dict[str, dict[str, list[str]]] = {}
    for entry in zoo.models:
        for variant in entry.value.variants:
            found.setdefault(variant.dataset, {}).setdefault(entry.id, []).append(variant.id)
    return found


def _protocols(zoo: Zoo, dataset: str) -> list[tuple[str, str]]:
    """Return source and name of the protocols on a dataset."""
    entries = [entry.value for entry in zoo.registry.protocols.values() if entry.value.dataset == dataset]
    return [(protocol_source(one.id), one.short) for one in entries]


def _index(zoo: Zoo, trained: dict[str, dict[str, list[str]]]) -> str:
    page = Page(
        zoo.place(INDEX), "Datasets", hide=["navigation", "toc"], description="Pictures that models were trained on."
    )
    page.heading(1, "Datasets", id_="datasets")
    page.block(
        el("p", "The pictures models were trained for and measured on, each with its licence.", class_="zoo-lead")
    )
    columns = [
        Column("Dataset"),
        Column("Pictures", missing="unknown"),
        Column("Licence"),
        Column("Protocols", missing="none"),
        Column("Models", numeric=True),
    ]
    rows = [
        Row(
            [
                page.place.link(dataset_source(id_), entry.value.title),
                _size(entry.value),
                entry.value.licence,
                names(page.place, _protocols(zoo, id_)) or None,
                str(len(trained.get(id_, {}))),
            ]
        )
        for id_, entry in zoo.registry.datasets.items()
    ]
    page.block(table("All datasets", columns, rows) if rows else el("p", "The registry describes no dataset yet."))
    return page.text()


def _size(dataset: Dataset) -> str | None:
    if dataset.splits:
        return ", ".join(f"{split.id}: {split.images}" for split in dataset.splits)
    return str(len(dataset.contents.pictures)) if dataset.contents is not None else None


def _page(zoo: Zoo, dataset: Dataset, trained: dict[str, list[str]]) -> str:
    source = dataset_source(dataset.id)
    page = Page(zoo.place(source), dataset.title, hide=["navigation"], description=f"The dataset {dataset.title}.")
    page.heading(1, dataset.title, id_="dataset")
    page.block(_definition(zoo, page.place, dataset))
    if dataset.note is not None:
        page.block(el("p", dataset.note, class_="zoo-note"))
    page.heading(2, "Splits", id_="splits")
    page.block(_splits(dataset))
    page.heading(2, "Files", id_="files")
    page.block(_files(dataset))
    page.heading(2, "Measured on it", id_="protocols")
    measured = [page.place.link(*one) for one in _protocols(zoo, dataset.id)]
    page.block(listed(measured) if measured else el("p", "No protocol takes its pictures."))
    page.heading(2, "Trained for it", id_="models")
    page.block(_models(zoo, page.place, trained))
    return page.text()


def _definition(zoo: Zoo, place: Place, dataset: Dataset) -> Html:
    parts = [(dataset_source(id_), entry.value.title) for id_, entry in zoo.registry.datasets.items()
             if entry.value.subset_of == dataset.id]  # fmt: skip
    whole = dataset.subset_of
    return facts(
        [
            ("Also printed as", ", ".join(dataset.names) or None),
            ("Licence", dataset.licence),
            ("Page", link(dataset.url, dataset.url.removeprefix("https://")) if dataset.url is not None else None),
            ("Made by", words.code(dataset.made_by) if dataset.made_by is not None else None),
            (
                "Part of",
                names(place, [(dataset_source(whole), zoo.dataset_title(whole))]) if whole is not None else None,
            ),
            ("Parts of it", names(place, parts) if parts else None),
            ("Labels", _labels(zoo, dataset.labels)),
            ("Id in the registry", words.code(dataset.id)),
        ]
    )


def _labels(zoo: Zoo, labels: str) -> str:
    entry = zoo.registry.labels.get(labels)
    if entry is None:
        return labels
    count = words.count(len(entry.value.names), "class", plural="classes")
    shown = f": {', '.join(entry.value.names)}" if len(entry.value.names) <= 30 else ""
    return f"{entry.value.title}, {count}{shown}"


def _splits(dataset: Dataset) -> Html:
    if not dataset.splits and dataset.contents is not None:
        return el("p", "It is not divided; its files are named below.")
    if not dataset.splits:
        return el("p", el("strong", "Unknown", class_="zoo-no"), ": how it is divided is not stated.")
    columns = [Column("Split"), Column("For"), Column("Pictures", numeric=True), Column("Source")]
    rows = [
        Row([split.id, split.purpose, str(split.images), link(split.source, "document")]) for split in dataset.splits
    ]
    return table("Splits", columns, rows)


def _files(dataset: Dataset) -> Html:
    held = dataset.contents
    if held is None:
        said = "The registry does not name its files: nothing proves that a copy of yours is the one that was measured."
        return el("p", said)
    return el("div", el("p", _held(dataset, held)), facts(
        [
            ("Format", words.code(held.format)),
            ("Pictures", str(len(held.pictures))),
            ("Annotations", join(words.code(held.annotations.name), ", sha256 ", words.code(held.annotations.sha256))),
        ]
    ))  # fmt: skip


def _held(dataset: Dataset, held: Contents) -> Html:
    if held.folder is not None:
        return join(
            "They lie in the registry, in ", words.code(f"registry/{held.folder}"), ", each known by its sha256."
        )
    return join(
        "Each is known by its sha256 and is not part of the registry. Say where yours are with ",
        words.code(f"--data {dataset.id}=PATH"),
        "; other bytes are refused.",
    )


def _models(zoo: Zoo, place: Place, trained: dict[str, list[str]]) -> Html:
    if not trained:
        return el("p", "No model of this zoo was trained for it.")
    return listed(
        join(
            place.link(card_source(model), zoo.registry.models[model].value.title),
            ": ",
            names(place, [(card_source(model, variant), variant) for variant in variants]),
        )
        for model, variants in trained.items()
    )
