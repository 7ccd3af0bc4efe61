"""What a file must detect: the recorded detections, and the picture with their boxes where it may be shown.

A picture is shown only if the registry holds it itself: then drawing needs no network, and its licence allows it.
"""

from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.domain.findings import Status
from zoo_tools.domain.golden import Golden, GoldenDetection
from zoo_tools.domain.manifest import GoldenCase
from zoo_tools.domain.references import Picture
from zoo_tools.errors import BrokenFileError
from zoo_tools.registry.golden import read_golden
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.pages.card.sources import NOT_STATED
from zoo_tools.site.pages.card.subject import Subject, card_source
from zoo_tools.site.tables import Column, Row, table

SHOWN_SCORE = Decimal("0.5")
_IN_ALT = 12


def reference(subject: Subject) -> Iterator[Html]:
    """Yield the picture of the main file, or why there is none, and what every file must detect."""
    cases = subject.variants[0].golden
    if not cases:
        return
    yield _picture(subject)
    artifacts = sorted(dict.fromkeys(case.artifact for case in cases), key=lambda id_: id_ != _main(subject))
    verdicts = {id(case): _verdict(subject, case) for case in cases}
    every = set(verdicts.values())
    environments: dict[str, None] = {}
    columns = [Column("Picture"), *(Column(artifact, missing=NOT_STATED) for artifact in artifacts)]
    rows = []
    for image in dict.fromkeys(case.image for case in cases):
        shown: list[Html | None] = []
        for artifact in artifacts:
            found = [case for case in cases if case.image == image and case.artifact == artifact]
            said = [
                _case(subject, case, verdicts[id(case)] if len(every) > 1 else None, environments) for case in found
            ]
            shown.append(join(*said) if said else None)
        rows.append(Row([_title(subject, image), *shown]))
    note = f"Class, score, then the box in pixels of the picture: left, top, right, bottom; {SHOWN_SCORE} or more."
    recorded = f" Recorded with {'; '.join(environments)}." if environments else ""
    last = join(" Last run of checks: ", *every, ".") if len(every) == 1 else None
    yield table("Detections", columns, rows, note=join(note, recorded, last), class_="zoo-seen")


def _main(subject: Subject) -> str:
    return subject.main.artifact.id


def shown_case(subject: Subject) -> GoldenCase | None:
    """Return the case whose picture the card shows: one of the main file first, if the registry holds its picture."""
    cases = sorted(subject.variants[0].golden, key=lambda case: case.artifact != _main(subject))
    return next((case for case in cases if (found := picture_of(subject, case)) is not None and found.path), None)


def picture_of(subject: Subject, case: GoldenCase) -> Picture | None:
    """Return what the registry says of the picture of a case."""
    entry = subject.zoo.registry.images.get(case.image)
    return entry.value if entry is not None else None


def picture_path(subject: Subject, case: GoldenCase) -> str:
    """Return the place of a drawn picture in the site."""
    folder = card_source(subject.entry.id, subject.variants[0].id).removesuffix(".md")
    return f"{folder}/{case.artifact}-{case.image}.png"


def read_case(subject: Subject, case: GoldenCase) -> Golden | None:
    """Return a recording, or None where it cannot be read."""
    try:
        return read_golden(subject.entry.path.parent / case.file)
    except BrokenFileError:
        return None


def _picture(subject: Subject) -> Html:
    """Return the picture with its boxes and what is seen in words, or the reason why it is not shown."""
    case = shown_case(subject)
    if case is None:
        return el(
            "p", "The pictures are not shown, because this registry does not hold them: they are fetched for checks."
        )
    found, recorded = picture_of(subject, case), read_case(subject, case)
    if found is None or recorded is None:
        return el("p", "The recording cannot be read, so no picture is shown.")
    high = [one for one in recorded.detections if one.score >= SHOWN_SCORE]
    said = ", ".join(f"{one.label} {one.score:.2f}" for one in high[:_IN_ALT]) or "nothing"
    more = f" and {len(high) - _IN_ALT} more" if len(high) > _IN_ALT else ""
    alt = f"{found.shows} {case.artifact} detects: {said}{more}."
    scale = max(1, round(480 / max(found.width, found.height)))
    url = subject.place.file(picture_path(subject, case))
    width, height = str(found.width * scale), str(found.height * scale)
    image = el("img", src=url, alt=alt, width=width, height=height, loading="lazy")
    caption = el("figcaption", f"{found.title}, as {case.artifact} sees it. {found.licence}.")
    return el("figure", image, caption, class_="zoo-picture")


def _title(subject: Subject, image: str) -> Html:
    """Return the name of a picture, linked where it can be had."""
    entry = subject.zoo.registry.images.get(image)
    if entry is None:
        return join(image)
    urls, title = entry.value.urls, entry.value.title
    return join(link(urls[0], title) if urls else title, el("small", entry.value.shows))


def _case(subject: Subject, case: GoldenCase, verdict: str | None, environments: dict[str, None]) -> Html:
    """Return what a file sees, and add what it was recorded with to `environments`."""
    recorded = read_case(subject, case)
    said = el("small", verdict) if verdict is not None else None
    if recorded is None:
        return join("The recording cannot be read.", said)
    environments[str(recorded.environment)] = None
    return join(_detections(recorded), said)


def _detections(recorded: Golden) -> Html:
    high = [detection for detection in recorded.detections if detection.score >= SHOWN_SCORE]
    return el("ul", *(el("li", _detection(one)) for one in high)) if high else join("nothing")


def _detection(one: GoldenDetection) -> str:
    box = ", ".join(f"{corner:.0f}" for corner in one.box)
    return f"{one.label} {one.score:.3f} ({box})"


def _verdict(subject: Subject, case: GoldenCase) -> str:
    """Return whether the last run of checks saw the detections again, and with what."""
    name = f"{subject.entry.id}/{subject.variants[0].id}/{case.artifact}@{case.image}"
    said = [one for one in subject.family.outcomes_of("golden-detections") if one.subject == name]
    if not said:
        return "not run"
    worst = next((one for one in said if one.status is not Status.PASSED), None)
    if worst is not None:
        return f"{worst.status}: {worst.reason}" if worst.reason else str(worst.status)
    engines = dict.fromkeys(one.engine for one in said if one.engine)
    return f"seen again by {'; '.join(engines)}" if engines else "seen again"
