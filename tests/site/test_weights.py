"""The weight of built pages: a card is read on a phone, beside a board, over a bad connection."""

import pytest

from tests.site.building import Site
from tests.site.cards import CARDS, MODELS

LIMIT = 60 * 1024
"""Bytes of HTML of a card or of the page of a family, with everything of the theme around it."""


@pytest.mark.parametrize("name", [*(f"{model}/{variant}" for model, variant in CARDS), *MODELS])
def test_a_card_is_light(name: str, real_site: Site) -> None:
    size = (real_site.folder / "models" / name / "index.html").stat().st_size
    assert size <= LIMIT, f"{size} bytes"
