"""The reference of registry files, made from the types that read them: it cannot say another thing than they do."""

from functools import cache
from typing import Final

from zoo_tools.registry.kinds import KINDS
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el
from zoo_tools.site.fields import Group, class_anchor, groups_of
from zoo_tools.site.page import Page
from zoo_tools.site.pages.entries import listed
from zoo_tools.site.place import Place, anchor
from zoo_tools.site.prose import inline
from zoo_tools.site.tables import Column, Row, table
from zoo_tools.site.zoo import Zoo

SOURCE = "reference/manifest.md"
PLACES: Final = {"manifest": "models/<id>/manifest", "labels": "labels/<id>", "series": "series/<id>"}
"""Where files of a kind stand below `registry`; the others in a folder of their name's plural."""


def manifest_reference(zoo: Zoo) -> str:
    """Return the page as Markdown."""
    return _text(zoo.place(SOURCE))


@cache
def _text(place: Place) -> str:
    """Return the page; no registry changes it, so a server that makes pages again and again makes it once."""
    page = Page(place, "Registry files", description="Every field of every kind of registry file.")
    page.heading(1, "Registry files", id_="registry-files")
    page.block(el("p", _LEAD, class_="zoo-lead"))
    page.block(listed(inline(said) for said in _SYNTAX))
    seen: set[str] = set()
    for kind in KINDS:
        page.heading(2, place_of(kind), id_=f"file-{kind}")
        groups = [group for group in groups_of(kind) if group.name not in seen]
        seen |= {group.name for group in groups}
        page.block(el("p", inline(f"For editors: `zoo_tools schema {kind}`."), class_="zoo-note"))
        for group in groups:
            page.heading(3, group.name, id_=class_anchor(group.name))
            page.block(el("p", inline(group.meaning)), _table(group))
    return page.text()


_LEAD = "What may stand in each kind of registry file. The page is made from the types that read the files."
_SYNTAX = (
    "Files are UTF-8 YAML of one document, without tags, anchors, duplicate keys, or keys nobody defined.",
    "Numbers keep their digits: `35.80` is not `35.8`. A key whose value is unknown says why: `unknown: REASON`.",
    "An id is 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit, and is the name of its file or folder.",
    "`todo` marks what is still to be written; `validate` names every one of them.",
)


def place_of(kind: str) -> str:
    """Return where files of a kind stand."""
    return f"registry/{PLACES.get(kind, f'{kind}s/<id>')}.yaml"


def _table(group: Group) -> Html:
    columns = [Column("Key"), Column("Value"), Column("Required"), Column("Meaning", missing="")]
    rows = [
        Row(
            [words.code(one.name), one.type, inline(one.required), inline(one.meaning) if one.meaning else None],
            id=anchor(f"{group.name}.{one.name}"),
        )
        for one in group.fields
    ]
    return table(f"Keys of {group.name}", columns, rows, class_="zoo-reference")
