"""Rendering: the same bytes everywhere, all or nothing, and one clear sentence where it cannot be done."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mkdocs.structure.files import File

from tests.conftest import REPOSITORY
from tests.site.building import EXAMPLE, REAL, render_registry
from zoo_tools.checks.catalogue import CHECKS
from zoo_tools.errors import BrokenFileError, UsageError
from zoo_tools.registry.load import load_registry
from zoo_tools.site.checked import read_report
from zoo_tools.site.render import Tree, destination, generate, render
from zoo_tools.site.write import MARKER
from zoo_tools.site.zoo import Zoo

REGISTRY = load_registry(REAL)
MANIFEST = Path("models/example_detector/manifest.yaml")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A registry to damage."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "registry"))


def tree(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def report(path: Path, **changes: object) -> Path:
    content = {"format": 1, "tool": "zoo_tools 9.9", "level": "static", "outcomes": []}
    path.write_text(json.dumps(content | changes), encoding="utf-8")
    return path


def test_every_page_is_there_and_hand_written_ones_beside_them(tmp_path: Path) -> None:
    result = render_registry(REAL, tmp_path / "out")
    found = set(tree(tmp_path / "out"))
    assert {"index.md", "compare.md", "trust.md", "models/index.md", "models/st_ssd_mobilenet_v1.md"} <= found
    assert {"boards/index.md", "datasets/index.md", "protocols/index.md", "reference/manifest.md"} <= found
    assert {f"checks/{check.id}.md" for check in CHECKS} | {"checks/index.md"} <= found
    assert {f"models/{model}.md" for model in REGISTRY.models} <= found
    held = {path.rpartition("/")[2] for path in found if path.startswith("files/")}
    assert held >= {"shapes_ssd_int8.tflite", "shapes_ssd_float.onnx"}
    by_hand = {
        path.relative_to(REPOSITORY / "docs").as_posix() for path in (REPOSITORY / "docs").rglob("*") if path.is_file()
    }
    assert {"assets/zoo.css", "explanation/trust.md"} <= by_hand <= found
    assert result.pages == len([path for path in found - by_hand if path.endswith(".md")])


def test_twice_gives_the_same_bytes_and_writes_nothing(tmp_path: Path) -> None:
    render_registry(REAL, tmp_path)
    before = tree(tmp_path)
    result = render_registry(REAL, tmp_path)
    assert result.is_current
    assert tree(tmp_path) == before


RENDER = """
import sys
from pathlib import Path
from tests.site.building import REAL, render_registry
render_registry(REAL, Path(sys.argv[1]))
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LANG": "de_DE.UTF-8", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/Adak", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
    ],
)
def test_another_environment_gives_the_same_bytes(tmp_path: Path, environment: dict[str, str]) -> None:
    render_registry(REAL, tmp_path / "here")
    subprocess.run(
        [sys.executable, "-c", RENDER, str(tmp_path / "there")],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
        timeout=120,
        check=True,
    )
    assert tree(tmp_path / "there") == tree(tmp_path / "here")


def test_a_model_that_is_gone_takes_its_card_with_it(tmp_path: Path, example: Path) -> None:
    render_registry(example, tmp_path / "out")
    assert (tmp_path / "out" / "models" / "example_detector.md").is_file()
    shutil.rmtree(example / MANIFEST.parent)
    result = render_registry(example, tmp_path / "out")
    assert "models/example_detector.md" in result.changes.removed
    assert [path for path in tree(tmp_path / "out") if "example_detector" in path] == []
    assert (tmp_path / "out" / "models" / "index.md").is_file()


def test_check_tells_whether_pages_are_current(tmp_path: Path, example: Path) -> None:
    registry = load_registry(example)
    assert not render(registry, None, out=tmp_path / "out", check=True).is_current
    assert not (tmp_path / "out").exists()
    render(registry, None, out=tmp_path / "out")
    assert render(registry, None, out=tmp_path / "out", check=True).is_current
    text = (example / MANIFEST).read_text(encoding="utf-8")
    (example / MANIFEST).write_text(text.replace("ms: 20.00", "ms: 20.01"), encoding="utf-8")
    changes = render(load_registry(example), None, out=tmp_path / "out", check=True).changes
    assert {"api/v1/catalogue.json", "compare.md", "models/example_detector/8.x.md"} <= set(changes.written)
    assert not [path for path in changes.written if path.startswith("checks/")]


def test_a_registry_with_a_broken_file_leaves_the_pages_as_they_are(tmp_path: Path, example: Path) -> None:
    render_registry(example, tmp_path / "out")
    before = tree(tmp_path / "out")
    (example / MANIFEST).write_text("titel: x\n", encoding="utf-8")
    with pytest.raises(BrokenFileError, match=r"cannot be rendered: .*manifest\.yaml:1:1: .* more\)"):
        render_registry(example, tmp_path / "out")
    assert tree(tmp_path / "out") == before


def test_references_that_lead_nowhere_do_not_stop_the_pages(tmp_path: Path, example: Path) -> None:
    for folder in ("boards", "series", "tools", "datasets", "protocols", "labels", "images"):
        shutil.rmtree(example / folder)
    text = (example / MANIFEST).read_text(encoding="utf-8")
    text = text.replace("evidence: card,", "evidence: lost,").replace(
        "artifact: int8-again, board", "artifact: gone, board"
    )
    text = text.replace("at: variants[8.x].foot", "at: variants[9.x].foot")
    (example / MANIFEST).write_text(text, encoding="utf-8")
    render_registry(example, tmp_path / "out")
    card = (tmp_path / "out" / "models" / "example_detector.md").read_text(encoding="utf-8")
    assert "board&#45;a" in card


def test_a_model_called_index_is_refused(tmp_path: Path, example: Path) -> None:
    (example / "models" / "example_detector").rename(example / "models" / "index")
    path = example / "models" / "index" / "manifest.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: example_detector", "id: index"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"models/index\.md: two pages of the site have this place"):
        render_registry(example, tmp_path / "out")


def test_a_hand_written_page_never_hides_a_generated_one(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"index\.md has the name of a generated page"):
        render(load_registry(EXAMPLE), None, out=tmp_path / "out", docs=tmp_path / "docs")


def test_docs_are_not_read_through_links(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "docs" / "page.md").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match="symbolic link"):
        render(load_registry(EXAMPLE), None, out=tmp_path / "out", docs=tmp_path / "docs")


def test_an_empty_registry_has_a_site(tmp_path: Path) -> None:
    (tmp_path / "registry" / "models").mkdir(parents=True)
    render(load_registry(tmp_path / "registry"), None, out=tmp_path / "out")
    assert "holds no model yet" in (tmp_path / "out" / "models" / "index.md").read_text(encoding="utf-8").replace(
        "&#46;", "."
    )


def test_a_bundle_links_to_files() -> None:
    pages = generate(Zoo(load_registry(EXAMPLE), None, directory_urls=False)).files
    assert b'href="example_detector.html"' in pages["models/index.md"]
    assert b'href="../trust.html#marks"' in pages["models/example_detector.md"]


@pytest.mark.parametrize(
    ("one", "other", "directory_urls"),
    [
        ("a/b.md", "a/b/index.md", True),
        ("index.md", "README.md", True),
        ("a.md", "A.md", False),
        ("a.css", "A.css", True),
        ("a.md", "a.html", False),
        ("a.md", "a/index.html", True),
    ],
)
def test_two_files_never_have_one_place(one: str, other: str, directory_urls: bool) -> None:
    tree = Tree(directory_urls=directory_urls)
    tree.add_file(one, b"")
    with pytest.raises(UsageError, match="two pages of the site have this place"):
        tree.add_file(other, b"")


@pytest.mark.parametrize(
    ("path", "directory_urls", "built"),
    [
        ("index.md", True, "index.html"),
        ("a/index.md", False, "a/index.html"),
        ("a/b.md", True, "a/b/index.html"),
        ("a/b.md", False, "a/b.html"),
        ("a/8.x.md", True, "a/8.x/index.html"),
        ("a/b.png", True, "a/b.png"),
    ],
)
def test_files_go_where_mkdocs_puts_them(path: str, directory_urls: bool, built: str) -> None:
    file = File(path, "docs", "site", use_directory_urls=directory_urls)
    assert destination(path, directory_urls=directory_urls) == file.dest_uri == built


def test_a_report_of_another_text_of_the_manifest_gives_no_marks(tmp_path: Path) -> None:
    group = "st_ssd_mobilenet_v1/025_192/int8#footprints[int8,stm32h7]"
    outcomes: list[dict[str, object]] = [
        {"check": check, "subject": group, "status": "passed", "findings": []}
        for check in ("ram-total", "as-published")
    ]
    registry = load_registry(REAL)
    for manifests, is_marked in (({}, True), ({"st_ssd_mobilenet_v1": "0" * 64}, False)):
        checked = read_report(report(tmp_path / "report.json", outcomes=outcomes, manifests=manifests))
        card = generate(Zoo(registry, checked)).files["models/st_ssd_mobilenet_v1.md"].decode("utf-8")
        assert ("zoo-mark--consistent" in card) == is_marked
        assert ("was changed after the last run" in card) != is_marked


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is not a report of zoo_tools validate: Invalid JSON"),
        ("[" * 100_000, "is not a report of zoo_tools validate"),
        ('{"format": 1}', "is not a report of zoo_tools validate: tool: Field required"),
        ('{"format": 2, "tool": "x", "level": "run", "outcomes": []}', "has format 2"),
        (
            '{"format": 1, "tool": "x", "level": "run", "outcomes": [{"check": "a", "subject": "b", "status": "great", '
            '"findings": []}]}',
            "outcomes.0.status: Input should be 'passed'",
        ),
    ],
)
def test_a_report_that_is_none_is_one_sentence(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BrokenFileError) as caught:
        read_report(path)
    assert complaint in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.fix is not None


def test_a_missing_report_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match="cannot be read: No such file or directory"):
        read_report(tmp_path / "none.json")


def test_nothing_but_pages_and_the_marker_is_left(tmp_path: Path) -> None:
    render(load_registry(EXAMPLE), None, out=tmp_path)
    rest = {name for name in tree(tmp_path) if not name.endswith(".md")}
    assert MARKER in rest
    assert {name.partition("/")[0] for name in rest - {MARKER}} == {"api", "assets"}
