"""The built site: two builds give the same bytes, whatever the machine, the day and the language."""

import os
import time
from pathlib import Path

from tests.site.building import EXAMPLE, Site, render_registry, run_mkdocs


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def differing(one: Path, other: Path) -> set[str]:
    first, second = tree(one), tree(other)
    return {path for path in first.keys() | second.keys() if first.get(path) != second.get(path)}


def test_another_environment_gives_the_same_site(example_site: Site, tmp_path: Path) -> None:
    docs, site = tmp_path / "other docs", tmp_path / "other site"
    render_registry(EXAMPLE, docs)
    for path in docs.rglob("*"):
        os.utime(path, (time.time() - 1e6, time.time() - 1e6))
    elsewhere = {"PYTHONHASHSEED": "77", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "tr_TR.UTF-8"}
    run = run_mkdocs("mkdocs.yml", {"DOCS_DIR": docs, "SITE_DIR": site}, **elsewhere)
    assert run.returncode == 0, run.stderr
    assert len(tree(site)) > 100
    assert differing(example_site.folder, site) == set()


def test_the_day_of_the_build_stands_in_no_page(example_site: Site, tmp_path: Path) -> None:
    run = run_mkdocs("mkdocs.yml", {"DOCS_DIR": example_site.docs, "SITE_DIR": tmp_path}, SOURCE_DATE_EPOCH="86400")
    assert run.returncode == 0, run.stderr
    # Compressed files have a time in their head: the Makefile says which.
    assert differing(example_site.folder, tmp_path) == {"sitemap.xml.gz"}
