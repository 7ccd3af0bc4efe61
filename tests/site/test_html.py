"""The Nu HTML Checker reads every built page and finds nothing: neither an error nor a warning."""

import pytest

from tests.conftest import unavailable
from tests.site.building import Site
from tests.site.vnu import find_java, find_vnu, messages


@pytest.mark.slow
@pytest.mark.parametrize("which", ["real_site", "example_site"])
def test_every_page_is_valid_html(which: str, request: pytest.FixtureRequest) -> None:
    java, jar = find_java(), find_vnu()
    if java is None or jar is None:
        unavailable("VNU", "Java or the HTML checker is not here; `python -m tests.site.vnu` gets them.")
    site: Site = request.getfixturevalue(which)
    found = messages(java, jar, site.folder)
    assert [(one.get("url"), one["message"], one.get("extract")) for one in found[:20]] == []


def test_a_page_that_is_not_valid_is_seen(example_site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    java, jar = find_java(), find_vnu()
    if java is None or jar is None:
        unavailable("VNU", "Java or the HTML checker is not here; `python -m tests.site.vnu` gets them.")
    folder = tmp_path_factory.mktemp("bad")
    page = (example_site.folder / "index.html").read_text(encoding="utf-8")
    (folder / "index.html").write_text(page.replace("</h1>", "</h1><p><div></p>", 1), encoding="utf-8")
    assert any(one["type"] == "error" for one in messages(java, jar, folder))
