"""The files of a variant: which bytes they are, where to get them, and why some cannot be had."""

from collections.abc import Iterator

from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, grouped, join, link
from zoo_tools.site.held import held_file
from zoo_tools.site.pages.card.bytes import archive, digests, lines, recipe, seen, shortened
from zoo_tools.site.pages.card.sources import narrowed, without_empty
from zoo_tools.site.pages.card.subject import ArtifactRef, Subject
from zoo_tools.site.tables import Column, Row, table

_COUNTS = ("parameters", "macs", "size")


def listed(subject: Subject) -> Html:
    """Return the table of all files."""
    columns = [
        Column("File"),
        Column("Format"),
        Column("Precision"),
        Column("Parameters", numeric=True, missing="not counted"),
        Column("Multiply-accumulates", numeric=True, missing="not counted"),
        Column("Bytes", numeric=True, missing="unknown"),
        Column("sha256"),
    ]
    kept, shown = without_empty(columns, rows := [_row(subject, ref) for ref in subject.artifacts])
    note = "A figure belongs to bytes, not to a file name: releases may use the same names for other files."
    return table("All files", kept, [narrowed(row, shown) for row in rows], note=note)


def _row(subject: Subject, ref: ArtifactRef) -> Row:
    artifact = ref.artifact
    how = None
    if artifact.archive is not None:
        how = el("small", "in an archive")
    elif artifact.converted_from is not None:
        how = el("small", f"to be made of {artifact.converted_from.artifact}")
    state = seen(subject, ref)
    counts: list[int | None] = [getattr(artifact, key) for key in _COUNTS]
    cells = [
        join(artifact.id, el("small", f"release {artifact.release}")),
        join(words.file_format(artifact), how),
        words.precision(artifact),
        *(grouped(number) if number is not None else None for number in counts),
        join(shortened(artifact), el("small", state) if state is not None else None),
    ]
    return Row(cells, id=ref.anchor)


def details(subject: Subject) -> Iterator[Html]:
    """Yield what the table has no room for: addresses and digests in full, archives, recipes, reasons, notes."""
    told = [ref for ref in subject.artifacts if not _is_told(subject, ref)]
    items = [el("li", words.code(ref.artifact.id), ": ", about(subject, ref)) for ref in told]
    if not items:
        return
    others = "each of the others" if len(told) < len(subject.artifacts) else "each file"
    head = f"Where {others} is, and every digest known of it"
    yield el("details", el("summary", head), el("ul", *items, class_="zoo-inside"), class_="zoo-details")


def _is_told(subject: Subject, ref: ArtifactRef) -> bool:
    """Tell whether the commands to run it have said all that is known of a file."""
    artifact = ref.artifact
    more = (artifact.digests, artifact.archive, artifact.note, artifact.unpinned, artifact.converted_from)
    return ref is subject.main and all(one is None for one in more)


def about(subject: Subject, ref: ArtifactRef) -> Html:
    """Return where a file is, its digests, and why it cannot be had or what is to be known of it."""
    artifact = ref.artifact
    said: list[str] = [where(subject, ref), *digests(artifact), *archive(artifact)]
    if artifact.unpinned is not None:
        reason = f"{artifact.unpinned.reason} (since {artifact.unpinned.since})"
        said.append(join("Not pinned, so it cannot be fetched or run: ", reason, "."))
    if artifact.note is not None:
        said.append(artifact.note)
    return join(lines(said), recipe(subject, ref))


def where(subject: Subject, ref: ArtifactRef) -> Html:
    """Return the name of a file, as a link where it can be had as it is, and its size."""
    artifact = ref.artifact
    name: str = words.code(artifact.filename)
    if artifact.path is not None:
        name = el("a", artifact.filename, href=subject.place.file(held_file(artifact)), download=artifact.filename)
    elif artifact.urls and artifact.archive is None:
        name = link(artifact.urls[0], artifact.filename)
    size = f", {words.size(artifact.size)}" if artifact.size is not None else None
    return join(name, size)
