"""A manifest whose every text is an attack: all of it comes out as text, in mkdocs and in a real browser."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pydantic import BaseModel, ValidationError

from tests.site.building import EXAMPLE, Served, Site, build, search
from zoo_tools.domain.manifest import Manifest
from zoo_tools.domain.references import Board, Dataset, LabelSet, Picture, Protocol, Series
from zoo_tools.domain.tools import Tool
from zoo_tools.registry.source import plain, read_source
from zoo_tools.site.escape import Html
from zoo_tools.site.markdown_extension import BEGIN, END

ATTACK = (
    "</title></style></textarea></table></div><script>window.struck=1</script><img src=x onerror=window.struck=2>"
    "<svg onload=window.struck=3> **bold** __strong__ [go](javascript:window.struck=4) ![i](https://evil.example/) "
    f"<https://evil.example> {{{{ config.site_name }}}} {{% include 'x' %}} {{#id .class onclick=x}} | a | b | {END} "
    f'{BEGIN} <!-- --> ]]> " \' \\ \\" &lt;b&gt; &#60;b&#62; wzxhzdk:0 $& ${{x}} `code` ``` ~~~ # h * i : - end'
)
FOLDERS: dict[str, type[BaseModel]] = {
    "boards": Board,
    "series": Series,
    "tools": Tool,
    "datasets": Dataset,
    "protocols": Protocol,
    "labels": LabelSet,
    "images": Picture,
    "models": Manifest,
}


def places(tree: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every scalar."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from places(value, (*path, key))
    elif isinstance(tree, list):
        for i, value in enumerate(tree):
            yield from places(value, (*path, i))
    elif "at" not in path or path[:2] == ("anomalies", 3):  # an address that leads nowhere takes a mark away
        yield path


def attacked(tree: object, model: type[BaseModel]) -> tuple[object, int]:
    """Put the attack wherever the schema takes it; return the new tree and in how many places it stands."""
    count = 0
    for path in list(places(tree)):
        parent: object = tree
        for step in path[:-1]:
            parent = parent[step]  # type: ignore[index]  # a tree of dicts and lists, as `places` found it
        old = parent[path[-1]]  # type: ignore[index]
        parent[path[-1]] = f"{old} {ATTACK}"  # type: ignore[index]
        try:
            model.model_validate(tree)
            count += 1
        except ValidationError:
            parent[path[-1]] = old  # type: ignore[index]
    return tree, count


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The example registry with the attack in every text of every file, built."""
    folder = tmp_path_factory.mktemp("hostile")
    registry = Path(shutil.copytree(EXAMPLE, folder / "registry"))
    total = 0
    for name, model in FOLDERS.items():
        for path in sorted((registry / name).rglob("*.yaml")):
            source, problems = read_source(path, path.name)
            assert source is not None
            assert problems == []
            tree, count = attacked(plain(source.root), model)
            path.write_text(json.dumps(tree, ensure_ascii=False, indent=1), encoding="utf-8")
            total += count
    (registry / "models" / "example_detector" / "notes.md").write_text(f"{ATTACK}\n\n- {ATTACK}\n", encoding="utf-8")
    assert total > 60
    return build(registry, folder, None)


def test_no_element_or_attribute_of_the_attack_exists(hostile: Site, example_site: Site) -> None:
    for name, page in hostile.pages.items():
        honest = example_site.pages[name]
        assert len(page.select("script")) == len(honest.select("script"))
        assert len(page.select("style, img, textarea, iframe")) == len(honest.select("style, img, textarea, iframe"))
        for element in page.select("*"):
            assert not [key for key in element.attrs if key.startswith("on")], element
            for key in ("href", "src"):
                assert not str(element.get(key, "")).lower().startswith("javascript:"), element
                # In notes, a link to https is what its writer asked for.
                is_note = element.find_parent(class_="zoo-prose") is not None
                assert is_note or "evil.example" not in str(element.get(key, "")), element


def test_the_attack_is_text_wherever_it_is_shown(hostile: Site) -> None:
    count = 0
    for page in (hostile.page("models/example_detector"), hostile.page("models/example_detector/8.x")):
        count += " ".join(page.get_text().split()).count(" ".join(ATTACK.split()))
        # The only thing its Markdown does is in the notes, where **bold** is wanted.
        assert {strong.get_text() for strong in page.select("strong")} & {"strong"} == set()
        assert page.title is not None
        assert " ".join(f"Example Detector {ATTACK}".split()) in " ".join(page.title.get_text().split())
    assert count > 60


def test_pages_keep_their_shape(hostile: Site, example_site: Site) -> None:
    for name, page in hostile.pages.items():
        honest = example_site.pages[name]
        for selector in ("h1", "h2", "table", "thead th", "tbody tr", "dl", "dd", "[data-figure]", ".zoo-mark"):
            assert len(page.select(selector)) == len(honest.select(selector)), (name, selector)


def test_the_search_index_holds_no_live_html(hostile: Site) -> None:
    index = (hostile.folder / "search" / "search_index.json").read_text(encoding="utf-8")
    for document in json.loads(index)["docs"]:
        assert "<script" not in document["title"] + document["text"]
        assert "<img" not in document["title"] + document["text"]
        assert "<svg" not in document["title"] + document["text"]


def test_a_browser_runs_nothing_of_it(hostile: Site, browser: Browser) -> None:
    with Served(hostile.folder) as served, browser.new_context() as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name in ("", "compare/", "models/", "models/example_detector/", "models/example_detector/8.x/", "trust/"):
            page.goto(served.address + name)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("window.struck") is None
        search(page, served.address, "example detector struck")
        assert page.evaluate("window.struck") is None
        assert page.locator(".md-search-result__list script, .md-search-result__list img").count() == 0
        assert [url for url in asked if not url.startswith((served.address, "data:"))] == []
        assert said == []


def test_the_attack_knows_the_markers_of_blocks() -> None:
    assert END in ATTACK
    assert not isinstance(ATTACK, Html)
