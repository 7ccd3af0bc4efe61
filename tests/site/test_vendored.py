"""Libraries of others that the site brings along: each is what it says it is, and its licence lies beside it."""

import gzip

import vl_convert

from tests.conftest import REPOSITORY
from zoo_tools.site.pages.compare_controls import VEGA

VENDORED = REPOSITORY / "docs" / "assets" / "vendor"


def test_vega_is_the_bundle_of_the_package_that_draws_the_still_charts() -> None:
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version="6.4")
    assert (REPOSITORY / "docs" / VEGA).read_text(encoding="utf-8") == bundle
    assert vl_convert.get_vega_version() in VEGA


def test_every_library_has_its_licences() -> None:
    folders = [path for path in VENDORED.iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        said = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("LICEN*")))
        assert "WITHOUT WARRANT" in said.upper(), folder
    ours = (REPOSITORY / "docs" / VEGA).with_name("LICENSES.txt").read_text(encoding="utf-8")
    assert all(name in ours for name in ("vega (BSD-3-Clause)", "vega-lite (BSD-3-Clause)", "d3-array (ISC)"))


def test_what_the_compare_page_loads_at_once_is_light() -> None:
    """Its own scripts; the chart's library comes later."""
    scripts = (REPOSITORY / "docs" / "assets" / "compare").glob("*.js")
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) < 12_000
