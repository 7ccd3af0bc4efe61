"""What pages say in their heads: JSON-LD that is JSON and true, pictures that are there, nothing that breaks out."""

import io
import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.site.building import REAL, Site
from zoo_tools.domain.figures import figures_of
from zoo_tools.registry.load import load_registry
from zoo_tools.site import social
from zoo_tools.site.head import SITE, put, script_json
from zoo_tools.site.zoo import Zoo

SITE_URL = "http://127.0.0.1:8000/"


def told(page: BeautifulSoup) -> dict[str, str]:
    """Return what a page says of itself to who links to it."""
    found = [*page.select("meta[property^='og:']"), *page.select("meta[name^='twitter:']")]
    return {str(one.get("property") or one.get("name")): str(one["content"]) for one in found}


def linked_data(page: BeautifulSoup) -> dict[str, object]:
    (script,) = page.select('script[type="application/ld+json"]')
    data: dict[str, object] = json.loads(script.string or "")
    return data


def test_every_page_says_what_it_is_and_its_picture_is_there(real_site: Site) -> None:
    for name, page in real_site.pages.items():
        said = told(page)
        assert said["og:title"], name
        assert said["og:description"], name
        assert said["og:url"] == SITE_URL + name.removesuffix("index.html"), name
        picture = said["og:image"].removeprefix(SITE_URL)
        with Image.open(real_site.folder / picture) as image:
            assert image.size == (int(said["og:image:width"]), int(said["og:image:height"])) == (1200, 630), name


def test_a_card_has_a_picture_of_its_own(real_site: Site) -> None:
    pictures = set()
    for model, entry in real_site.registry.models.items():
        for variant in entry.value.variants:
            said = told(real_site.page(f"models/{model}/{variant.id}"))
            pictures.add(said["og:image"])
            assert said["twitter:card"] == "summary_large_image"
            assert said["og:image:alt"].startswith(entry.value.title)
    assert len(pictures) == sum(len(entry.value.variants) for entry in real_site.registry.models.values())


def test_linked_data_of_cards_is_true(real_site: Site) -> None:
    for model, entry in real_site.registry.models.items():
        for variant in entry.value.variants:
            data = linked_data(real_site.page(f"models/{model}/{variant.id}"))
            assert data["@context"] == "https://schema.org"
            assert data["@type"] == "Dataset"
            assert data["url"] == f"{SITE_URL}models/{model}/{variant.id}/"
            stated = {
                (float(figure.value), figure.unit)
                for figure in figures_of(entry.value)
                if figure.variant is variant and figure.value != "NA"
            }
            measured = data.get("variableMeasured", [])
            assert isinstance(measured, list)
            assert {(one["value"], one["unitText"]) for one in measured} <= stated
            assert bool(measured) == any(unit in ("%", "ms", "1/s", "KiB", "MiB") for _, unit in stated)
            about, downloads = data["about"], data["distribution"]
            assert isinstance(about, dict)
            files = {(artifact.sha256, url) for artifact in variant.artifacts for url in artifact.urls[:1]}
            assert {(one["sha256"], one["contentUrl"]) for one in about.get("encoding", [])} <= files
            assert isinstance(downloads, list)
            for one in downloads:
                assert (real_site.folder / one["contentUrl"].removeprefix(SITE_URL)).is_file()


def test_linked_data_of_the_first_page_leads_to_the_catalogue(real_site: Site) -> None:
    data = linked_data(real_site.page(""))
    assert data["@type"] == "DataCatalog"
    places = re.findall(re.escape(SITE_URL) + r"(api/[^\"]+)", json.dumps(data))
    assert places == ["api/v1/catalogue.json", "api/v1/catalogue.csv"]


def test_no_type_or_property_is_made_up(real_site: Site) -> None:
    """Each was looked up in schema.org; one that is added has to be, too."""
    types = {"CreativeWork", "DataCatalog", "DataDownload", "Dataset", "MediaObject", "PropertyValue"}
    properties = {
        "about", "citation", "contentSize", "contentUrl", "dataset", "description", "distribution", "encoding",
        "encodingFormat", "genre", "hasPart", "includedInDataCatalog", "isAccessibleForFree", "license",
        "measurementTechnique", "name", "sha256", "unitText", "url", "value", "variableMeasured",
    }  # fmt: skip

    def walk(value: object) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            assert value["@type"] in types
            assert value.keys() - {"@type", "@context"} <= properties
            for one in value.values():
                walk(one)

    for page in real_site.pages.values():
        if page.select('script[type="application/ld+json"]'):
            walk(linked_data(page))


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_no_text_ends_the_script_or_forges_the_site(text: str) -> None:
    embedded = script_json({"name": f"</script><!--{text}{SITE}", "url": f"{SITE}a"})
    assert not re.search(r"[<>\u2028\u2029]", embedded)
    # Made up by a stranger or not: whoever reads it, reads one address.
    assert json.loads(embedded.replace(SITE, "https://x/"))["url"] == "https://x/a"


def test_front_matter_is_put_in_front() -> None:
    assert put('---\ntitle: "a"\n---\n\n# A\n', "b: 1\n") == '---\nb: 1\ntitle: "a"\n---\n\n# A\n'
    assert put("# A\n", "b: 1\n") == "# A\n"


def test_pictures_are_the_same_every_time_and_are_drawn_once(tmp_path: Path) -> None:
    zoo = Zoo(load_registry(REAL))
    wanted = {social.ZOO: social.OWN}
    for entry in zoo.models:
        wanted |= social.model_pictures(zoo, entry)
    first = social.drawn(wanted, tmp_path)
    assert first == {place: social.draw(picture) for place, picture in wanted.items()}
    for place, content in first.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(content)
    kept = next(iter(first))
    (tmp_path / kept).write_bytes(first[kept] + b" ")  # still says the same
    assert social.drawn(wanted, tmp_path)[kept] == first[kept] + b" "
    other = social.Picture("Other", "words")
    assert social.drawn({kept: other}, tmp_path)[kept] == social.draw(other) != first[kept]


@pytest.mark.parametrize("title", ["W" * 400, "模型 µ", "", "a\nb", "e\u0301"])
def test_any_title_fits_its_picture(title: str) -> None:
    with Image.open(io.BytesIO(social.draw(social.Picture(title, title, ((title, title, title),))))) as image:
        assert image.size == (1200, 630)
        right = image.convert("L").crop((1130, 30, 1200, 630))
        assert right.getextrema() == (251, 251)


def test_pictures_are_light(real_site: Site) -> None:
    sizes = [path.stat().st_size for path in (real_site.folder / "assets/social").rglob("*.png")]
    assert max(sizes) < 40_000
