"""Run it: the commands that get a file by its digest and show what it detects, and the code of a bare runtime."""

from zoo_tools.domain.settings import SETTINGS
from zoo_tools.site.escape import Html, el, join
from zoo_tools.site.pages.card.bytes import seen
from zoo_tools.site.pages.card.file_table import where
from zoo_tools.site.pages.card.snippets import c_snippet, python_snippet
from zoo_tools.site.pages.card.subject import ArtifactRef, Subject


def run_it(subject: Subject) -> Html:
    """Return how to fetch and run the main file, and how to fetch the others."""
    main = subject.main
    if main.artifact.sha256 is None:
        said = "No file of this variant can be fetched or run: without a sha256 nobody can tell whether it is the one. "
        return el("p", said, el("a", "Why, and what is known of it", href="#files"), ".")
    name = f"{subject.entry.id}/{main.name}"
    blocks: list[Html | None] = [
        el("p", "Get it, verified by its sha256:"),
        command(f"zoo_tools fetch {name}"),
        el("p", *_about(subject, main), class_="zoo-digest"),
    ]
    if main.artifact.format in SETTINGS:
        blocks.append(el("p", *_expected(subject)))
        blocks.append(command(f"zoo_tools predict {name} picture.png --output detected.png"))
    blocks += [_code("Python", python_snippet(subject, main)), _code("C", c_snippet(subject, main))]
    runs = bool(subject.variants[0].golden)
    said = "fetch the files, run the models and compare what they detect" if runs else "fetch and read the files"
    blocks += [el("p", f"Prove it: the checks {said}."), command(f"zoo_tools validate {subject.entry.id}")]
    return el("div", *blocks, class_="zoo-run")


def _about(subject: Subject, ref: ArtifactRef) -> list[str]:
    """Return what the command gets, and how to get the others."""
    state = seen(subject, ref)
    digest = join("sha256 ", el("code", ref.artifact.sha256))
    said: list[str] = [join(where(subject, ref), f", release {ref.artifact.release}", f"; {state}" if state else None)]
    said += [el("br"), digest]
    others = [one.artifact.id for one in subject.artifacts if one.artifact.sha256 and one is not ref]
    if others:
        names = join(*(el("code", id_) for id_ in others), by=" or ")
        said += [el("br"), "For another file, write ", names, " in place of ", el("code", ref.artifact.id), "."]
    return said


def _expected(subject: Subject) -> list[str]:
    """Return where it is said what has to come out."""
    said: list[str] = ["See what it detects in your own picture"]
    if subject.variants[0].golden:
        said += ["; in the ", el("a", "reference pictures", href="#reference"), " it has to be what is recorded"]
    return [*said, ":"]


def _code(language: str, snippet: tuple[str, str] | None) -> Html | None:
    if snippet is None:
        return None
    text, note = snippet
    code = el("pre", el("code", text), data_search_exclude=True)
    return el("details", el("summary", language), code, el("p", note), class_="zoo-details zoo-code")


def command(text: str) -> Html:
    """Return a command line to copy."""
    return el("pre", el("code", text))
