"""An address names one value, and every value of a manifest has one."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from tests.cli.invoke import REPOSITORY
from zoo_tools.domain.address import AddressError, Path, address_of, names_of, resolve, value_at
from zoo_tools.domain.figures import figures_of, groups_of
from zoo_tools.domain.manifest import Manifest
from zoo_tools.registry.load import load_registry

REGISTRY = load_registry(REPOSITORY / "registry")
MANIFESTS = [entry.value for entry in REGISTRY.models.values()]


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path of everything in a registry object."""
    yield path
    match value:
        case BaseModel():
            for name, field in type(value).model_fields.items():
                yield from paths(getattr(value, name), (*path, field.alias or name))
        case list():
            for i, item in enumerate(value):
                yield from paths(item, (*path, i))
        case dict():
            for key, item in value.items():
                yield from paths(item, (*path, key))


def is_named(manifest: Manifest, path: Path) -> bool:
    """Tell whether every element on the way has names that no other element of its list has all of."""
    for depth, step in enumerate(path):
        if isinstance(step, int):
            siblings = value_at(manifest, path[:depth])
            assert isinstance(siblings, list)
            names = [names_of(one) for one in siblings]
            if names[step] and sum(set(names[step]) <= set(other) for other in names) > 1:
                return False
    return True


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.id)
def test_every_address_leads_back(manifest: Manifest) -> None:
    named = [path for path in paths(manifest) if path and is_named(manifest, path)]
    assert len(named) > 300
    for path in named:
        assert resolve(manifest, address_of(manifest, path)) == path


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.id)
def test_every_figure_has_an_address_of_its_own(manifest: Manifest) -> None:
    figures = list(figures_of(manifest))
    assert len({figure.address for figure in figures}) == len(figures)
    for figure in figures:
        assert resolve(manifest, figure.address) == figure.path
        assert value_at(manifest, figure.path) == figure.value
        assert figure.path[: len(figure.group_path)] == figure.group_path
    assert {figure.group_path for figure in figures} <= {group.path for group in groups_of(manifest)}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.id)
def test_every_path_stands_somewhere_in_the_file(manifest: Manifest) -> None:
    entry = REGISTRY.models[manifest.id]
    lines = entry.path.read_text(encoding="utf-8").split("\n")
    for figure in figures_of(manifest):
        place = entry.locate(figure.path)
        assert lines[place.line - 1][place.column - 1 :].startswith(str(figure.value))


TINY = REGISTRY.models["st_ssd_mobilenet_v1"].value


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variants[", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variants..id", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variants[025_192].", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variants[]", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variants[025_192[]", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variants[025_192,]", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variants]025_192[", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variants[025_192][int8]", "it is not written as keys joined by dots, with [words] behind a list"),
        ("variant[025_192]", "there is no `variant` here"),
        ("variants[025_193]", "no element is named [025_193]"),
        ("variants[025_192].artifacts[int8, tflite]", "no element is named [int8,tflite]"),
        ("variants[025_192].latencies[int8]",
         "[int8] names 4 elements (int8,stm32h747i-disco,cpu; int8,stm32mp257f-dk2,npu+gpu; int8,stm32mp157f-dk2,cpu); "
         "add a word"),
        ("title.x", "`x` cannot be looked up in a single value"),
        ("title[x]", "`title` is neither a list nor a mapping, so [x] chooses nothing"),
        ("evidence[card]", "there is no `card` here"),
        ("variants.id", "`id` cannot be looked up in a single value"),
        ("__class__", "there is no `__class__` here"),
        ("variants[025_192].filename", "there is no `filename` here"),
    ],
)  # fmt: skip
def test_an_address_that_names_nothing_says_why(address: str, complaint: str) -> None:
    with pytest.raises(AddressError) as raised:
        resolve(TINY, address)
    assert str(raised.value) == complaint


@pytest.mark.parametrize(
    "address",
    [
        "variants[025_192].footprints[int8,stm32h7].ram.activation",
        "variants[025_192].footprints[stm32h7,int8].ram.activation",
        "variants[025_192].footprints[stm32h7, int8].ram.activation",
    ],
)
def test_words_may_stand_in_any_order(address: str) -> None:
    assert value_at(TINY, resolve(TINY, address)) is TINY.variants[0].footprints[0].ram.activation


def test_an_address_may_stand_in_an_address() -> None:
    for manifest in MANIFESTS:
        for i, correction in enumerate(manifest.corrections):
            assert resolve(manifest, f"corrections[{correction.at}].reason") == ("corrections", i, "reason")
        for i, waiver in enumerate(manifest.waivers):
            assert resolve(manifest, f"waivers[{waiver.check},{waiver.at}].until") == ("waivers", i, "until")
    assert sum(len(manifest.waivers) for manifest in MANIFESTS) > 0 < sum(len(one.corrections) for one in MANIFESTS)


def test_what_has_no_name_is_chosen_by_its_place() -> None:
    assert value_at(TINY, resolve(TINY, "sources.papers[0]")) == TINY.sources.papers[0]
    assert address_of(TINY, ("sources", "papers", 0)) == "sources.papers[0]"
