"""The files of a model: what there is, how to get it by its digest, and what it must detect."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from zoo_tools.domain.findings import Status
from zoo_tools.domain.golden import Golden, GoldenDetection
from zoo_tools.domain.manifest import GoldenCase, Variant
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.golden import read_golden
from zoo_tools.site import words
from zoo_tools.site.escape import Html, el, grouped, join, link
from zoo_tools.site.held import held_file
from zoo_tools.site.pages.card.bytes import archive, digests, recipe, seen, shortened
from zoo_tools.site.pages.card.subject import ArtifactRef, Subject
from zoo_tools.site.tables import Column, Row, Section, table

_SHOWN_SCORE = Decimal("0.5")


def variants(subject: Subject) -> Html:
    """Return the table of all files."""
    artifacts = [ref.artifact for ref in subject.artifacts]
    counted = [
        (heading, key)
        for heading, key in (("Parameters", "parameters"), ("Multiply-accumulates", "macs"))
        if any(getattr(artifact, key) is not None for artifact in artifacts)
    ]
    columns = [
        Column("File"),
        Column("Format"),
        Column("Precision"),
        Column("Input"),
        *(Column(heading, numeric=True, missing="not counted") for heading, _ in counted),
        Column("Bytes", numeric=True, missing="unknown"),
        Column("sha256"),
    ]
    keys = [*(key for _, key in counted), "size"]
    sections = [
        Section(
            f"Release {release}", [_file(subject, r, keys) for r in subject.artifacts if r.artifact.release == release]
        )
        for release in subject.releases
    ]
    note = "A figure belongs to bytes, not to a file name: releases may use the same names for other files."
    return table("All files", columns, sections, note=note)


def _file(subject: Subject, ref: ArtifactRef, keys: list[str]) -> Row:
    artifact = ref.artifact
    how = None
    if artifact.archive is not None:
        how = el("span", "in an archive", class_="zoo-where")
    elif artifact.converted_from is not None:
        how = el("span", f"to be made of {artifact.converted_from.artifact}", class_="zoo-where")
    state = seen(subject, ref)
    counts: list[int | None] = [getattr(artifact, key) for key in keys]
    cells = [
        ref.shown,
        join(words.file_format(artifact), how),
        words.precision(artifact),
        words.resolution(ref.variant),
        *(grouped(number) if number is not None else None for number in counts),
        join(shortened(artifact), el("span", state, class_="zoo-where") if state is not None else None),
    ]
    return Row(cells, id=subject.anchor(ref.path))


def run_it(subject: Subject) -> Html:
    """Return how to fetch each pinned file, and why the others cannot be."""
    pinned = [ref for ref in subject.artifacts if ref.artifact.sha256 is not None]
    loose = [ref for ref in subject.artifacts if ref.artifact.sha256 is None]
    blocks = [_fetch(subject, ref) for ref in pinned]
    if pinned:
        # What the checks can do with a file depends on its format and on what is known of it.
        runs = any(variant.golden for variant in subject.manifest.variants)
        said = "fetch the files, run the models and compare what they detect" if runs else "fetch and read the files"
        blocks += [el("p", f"Prove it: the checks {said}."), _command(f"zoo_tools validate {subject.entry.id}")]
    if loose:
        said = "These files cannot be fetched or run: without a sha256 nobody can tell whether they are the ones."
        blocks += [el("p", said), el("ul", *_loose(subject, loose), class_="zoo-loose")]
    return el("div", *blocks, class_="zoo-run")


def _fetch(subject: Subject, ref: ArtifactRef) -> Html:
    artifact = ref.artifact
    size = f", {words.size(artifact.size)}" if artifact.size is not None else None
    state = seen(subject, ref)
    name: str = words.code(artifact.filename)
    if artifact.path is not None:
        name = el("a", artifact.filename, href=subject.place.file(held_file(artifact)), download=artifact.filename)
    elif artifact.urls:
        name = link(artifact.urls[0], artifact.filename)
    about = join(name, f" of release {artifact.release}", size, f"; {state}" if state is not None else None)
    lines = [about, *digests(artifact), *archive(artifact), *([artifact.note] if artifact.note is not None else [])]
    return el(
        "div",
        _command(f"zoo_tools fetch {subject.entry.id}/{ref.name}"),
        el("p", _lines(lines), class_="zoo-digest"),
        class_="zoo-fetch",
    )


def _lines(lines: Iterable[str]) -> Html:
    return join(*lines, by=el("br"))


def _loose(subject: Subject, refs: list[ArtifactRef]) -> Iterator[Html]:
    """Yield an item for each reason, with the files it is given for and what else is known of them."""
    reasons: dict[str, list[ArtifactRef]] = {}
    for ref in refs:
        if ref.artifact.unpinned is not None:
            reasons.setdefault(f"{ref.artifact.unpinned.reason} (since {ref.artifact.unpinned.since})", []).append(ref)
    for reason, members in reasons.items():
        names = join(*(words.code(ref.name) for ref in members), by=", ")
        yield el("li", names, f": {reason}", *(_known(subject, ref, single=len(members) == 1) for ref in members))


def _known(subject: Subject, ref: ArtifactRef, *, single: bool) -> Html | None:
    """Return what is known of the bytes of an unpinned file besides the reason, or None."""
    artifact = ref.artifact
    lines: list[str] = [*digests(artifact), *archive(artifact)]
    if lines and artifact.archive is None and artifact.urls:
        lines.insert(0, link(artifact.urls[0], artifact.filename))
    if artifact.note is not None:
        lines.append(artifact.note)
    head = None if single else join(words.code(ref.name), ": ")
    listed = el("p", head, _lines(lines), class_="zoo-digest") if lines else None
    made = recipe(subject, ref)
    return join(made, listed) if made is not None or listed is not None else None


def _command(text: str) -> Html:
    return el("pre", el("code", text))


def golden(subject: Subject) -> Html | None:
    """Return what each file is known to detect on which picture, and whether the last run saw it again."""
    sections = []
    environments: dict[str, None] = {}
    for variant in subject.manifest.variants:
        for artifact in dict.fromkeys(case.artifact for case in variant.golden):
            cases = [case for case in variant.golden if case.artifact == artifact]
            rows = [_case(subject, variant, case, environments) for case in cases]
            sections.append(Section(f"{variant.id}/{artifact}", rows))
    if not sections:
        return None
    columns = [
        Column("Picture"),
        Column(f"Detections scoring {_SHOWN_SCORE} or more", missing="none"),
        Column("Last run of checks", missing="not run"),
    ]
    recorded = f" Recorded with {'; '.join(environments)}." if environments else ""
    note = f"Class, score, then the box in pixels of the picture: left, top, right, bottom.{recorded}"
    return table("What it must detect", columns, sections, note=note)


def _case(subject: Subject, variant: Variant, case: GoldenCase, environments: dict[str, None]) -> Row:
    """Return a case as a row, and add what it was recorded with to `environments`."""
    picture = subject.zoo.registry.images.get(case.image)
    shown: str = case.image
    if picture is not None:
        urls, title = picture.value.urls, picture.value.title
        shown = link(urls[0], title, title=picture.value.shows) if urls else title
    seen = _verdict(subject, f"{subject.entry.id}/{variant.id}/{case.artifact}@{case.image}")
    try:
        recorded = read_golden(subject.entry.path.parent / case.file)
    except BrokenFileError:
        return Row([shown, "The recording cannot be read.", seen])
    environments[str(recorded.environment)] = None
    return Row([shown, _detections(recorded), seen])


def _detections(recorded: Golden) -> Html | None:
    high = [detection for detection in recorded.detections if detection.score >= _SHOWN_SCORE]
    return el("ul", *(el("li", _detection(one)) for one in high)) if high else None


def _detection(one: GoldenDetection) -> str:
    box = ", ".join(f"{corner:.0f}" for corner in one.box)
    return f"{one.label} {one.score:.3f} ({box})"


def _verdict(subject: Subject, name: str) -> str | None:
    said = [
        one
        for one in subject.zoo.outcomes(subject.entry.id)
        if one.check == "golden-detections" and one.subject == name
    ]
    if not said:
        return None
    worst = next((one for one in said if one.status is not Status.PASSED), None)
    if worst is not None:
        return f"{worst.status}: {worst.reason}" if worst.reason else str(worst.status)
    engines = dict.fromkeys(one.engine for one in said if one.engine)
    return join("seen again", *(el("span", engine, class_="zoo-where") for engine in engines))
