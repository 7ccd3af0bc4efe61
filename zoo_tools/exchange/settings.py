"""What a card does not say of itself and a person has to: where it stands, which release it describes, which ids.

What nobody says becomes `todo` in the draft, which `validate` then names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from zoo_tools.registry.unwritten import TODO

__all__ = ["TODO", "CardSettings", "DraftSettings", "FileOfRows", "as_id"]

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class FileOfRows:
    """A person's word for which file the rows are about that print certain words and link to nothing."""

    words: frozenset[str]
    """Cells of the row, such as `Int8`, and the dataset its heading names; all have to be there."""
    path: str
    """The file, from the card's folder of links."""


@dataclass(frozen=True, slots=True)
class CardSettings:
    """One card's place and release.

    Attributes:
        evidence: id of the card among the manifest's evidence; its transcript is `evidence/<id>.csv`.
        url: the card at a fixed revision.
        links: folder its relative links lead to, as an https url that ends in a slash.
        title: how a reader would cite the card.
        by: who published it.
        retrieved: the day it was read.
        release: the publisher's release its files belong to.
        suffix: stands behind `int8` and `float` in the ids of its artifacts, such as `-v2.0.1`.
        memory_unit: unit of memory figures where neither heading nor cell prints one that says how many bytes it is.
        protocol: id of the protocol its accuracy follows.
        protocols: the same by dataset, as a heading prints it, where the card has several.
        files: which files rows without links are about.
        figures_of: the file that all figures are about, of documents that have one model and name no file.
        document_sha256: digest of the card's bytes.
    """

    evidence: str = "card"
    url: str = TODO
    links: str | None = None
    title: str = TODO
    by: str = TODO
    retrieved: date | None = None
    release: str = TODO
    suffix: str = ""
    memory_unit: Literal["KiB", "MiB"] | None = None
    protocol: str = TODO
    protocols: Mapping[str, str] = field(default_factory=dict)
    files: tuple[FileOfRows, ...] = ()
    figures_of: Literal["original", "converted"] | None = None
    document_sha256: str = TODO


@dataclass(frozen=True, slots=True)
class DraftSettings:
    """The manifest's own words.

    Attributes:
        model: id of the model family; file names of its variants begin with it.
        title: name of the family.
        dataset: id of the dataset all variants were trained for.
        labels: id of their label set.
        contract: id of their contract.
        names: ids of variants by those that file names give, where they should be others.
    """

    model: str = TODO
    title: str = TODO
    dataset: str = TODO
    labels: str = TODO
    contract: str = TODO
    names: Mapping[str, str] = field(default_factory=dict)


def as_id(text: str) -> str:
    """Return a printed name as an id (`STM32H747I-DISCO` becomes `stm32h747i-disco`), or `todo` where it is none."""
    lowered = text.lower()
    return lowered if _ID.fullmatch(lowered) else TODO
