"""The weight of built pages: a card is read on a phone, beside a board, over a bad connection."""

import pytest

from tests.site.building import Site
from tests.site.cards import CARDS, MODELS

LIMIT = 60_000
"""Bytes of HTML of a card or of the page of a family, with everything of the theme around it."""
FREE = 1_300
"""Left for what this site has not: marks and sentences that come from running the models, and a longer address."""


@pytest.mark.parametrize("name", [*(f"{model}/{variant}" for model, variant in CARDS), *MODELS])
def test_a_card_is_light(name: str, real_site: Site) -> None:
    size = (real_site.folder / "models" / name / "index.html").stat().st_size
    assert size <= LIMIT - FREE, f"{size} bytes"
