"""Where a model comes from, who may use what, what changed, how to cite it, and the same data for programs."""

import re

from zoo_tools.domain.manifest import Licence
from zoo_tools.site import words
from zoo_tools.site.api.places import Form, model_place
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.pages.card.overview import licence_line
from zoo_tools.site.pages.card.subject import Subject
from zoo_tools.site.tables import facts

_ARXIV = re.compile(r"https://arxiv\.org/(?:abs|pdf)/([0-9]{4}\.[0-9]{4,5})(?:v[0-9]+)?(?:\.pdf)?")


def sources(subject: Subject) -> Html:
    """Return upstream, papers, origin and how files were converted."""
    stated = subject.manifest.sources
    papers = join(*(link(url, _paper_name(url)) for url in stated.papers), by=", ") if stated.papers else None
    origin = link(stated.provenance, _shown(stated.provenance)) if stated.provenance is not None else None
    upstream = link(stated.upstream, _shown(stated.upstream)) if stated.upstream else "made in this repository"
    made = [
        join(f"{ref.artifact.id} of {ref.artifact.converted_from.artifact} by ", _tool(subject, ref.artifact.id))
        for ref in subject.artifacts
        if ref.artifact.converted_from is not None
    ]
    return facts(
        [
            ("Upstream", upstream),
            ("Papers", papers),
            ("Named origin", origin),
            ("Converted", join(*made, by="; ") if made else None),
        ]
    )


def _tool(subject: Subject, artifact: str) -> str:
    made = next(ref.artifact.converted_from for ref in subject.artifacts if ref.artifact.id == artifact)
    return subject.zoo.tool_title(made.tool) if made is not None else ""


def _paper_name(url: str) -> str:
    found = _ARXIV.fullmatch(url)
    return f"arXiv {found[1]}" if found is not None else _shown(url)


def _shown(url: str) -> str:
    return url.removeprefix("https://")


def licences(subject: Subject) -> Html:
    """Return the three licences, which differ."""
    stated = subject.manifest.licences
    every = (("Code", stated.code), ("Weights", stated.weights), ("Data", stated.dataset))
    return facts([(f"Licence: {what.lower()}", _licence(one)) for what, one in every])


def _licence(one: Licence) -> Html:
    covers = el("small", f"covers {one.covers}") if one.covers is not None else None
    return join(licence_line(one), f": {one.reason}" if one.reason is not None else None, covers)


def changes(subject: Subject) -> Html | None:
    """Return what each version of the manifest changed, newest first."""
    if not subject.manifest.changelog:
        return None
    items = [
        el("li", el("strong", str(one.version)), f" ({one.date}) {one.text}") for one in subject.manifest.changelog
    ]
    return el("ul", *items, class_="zoo-changes")


def cite(subject: Subject) -> Html:
    """Return a citation as BibTeX: of the model, and on the page of the family of the papers behind it."""
    papers = subject.manifest.sources.papers if subject.position is None else []
    return el("pre", el("code", "\n\n".join([_model(subject), *map(_paper, papers)])), data_search_exclude=True)


def _model(subject: Subject) -> str:
    manifest = subject.manifest
    name = manifest.title if subject.position is None else f"{manifest.title}, {subject.variants[0].id}"
    key = "-".join([manifest.id, *([subject.variants[0].id] if subject.position is not None else [])])
    version = f"version {manifest.version} of the manifest" if manifest.version is not None else None
    pinned = subject.position is not None and subject.main.artifact.sha256 is not None
    digest = f"{subject.main.artifact.id}: sha256 {subject.main.artifact.sha256}" if pinned else None
    note = "; ".join(said for said in (version, digest) if said is not None)
    years = [str(one.date.year) for one in manifest.changelog[:1]]
    fields = {
        "title": name,
        "year": next(iter(years), None),
        "url": manifest.sources.upstream,
        "note": note or None,
    }
    return _entry("misc", key, fields)


def _paper(url: str) -> str:
    found = _ARXIV.fullmatch(url)
    if found is None:
        return _entry("misc", re.sub(r"[^A-Za-z0-9]+", "-", _shown(url)).strip("-"), {"url": url})
    fields = {"eprint": found[1], "archivePrefix": "arXiv", "url": url}
    return _entry("misc", f"arxiv-{found[1]}", fields)


def _entry(kind: str, key: str, fields: dict[str, str | None]) -> str:
    said = [f"  {name} = {{{_plain(value)}}}," for name, value in fields.items() if value is not None]
    return "\n".join([f"@{kind}{{{key},", *said, "}"])


def _plain(text: str) -> str:
    """Return text without what would end a field."""
    return text.replace("{", "(").replace("}", ")")


def for_programs(subject: Subject) -> Html:
    """Return the links to the same data for programs, and where to mend it."""
    model = subject.entry.id
    forms: tuple[Form, ...] = ("json", "yaml", "csv")
    links = [el("a", form.upper(), href=subject.place.file(model_place(model, form))) for form in forms]
    path = words.code(f"registry/models/{model}/manifest.yaml")
    return el(
        "p",
        "The same data for programs: ",
        join(*links, by=", "),
        ". Something is wrong here? Mend ",
        path,
        " and propose the change.",
    )
