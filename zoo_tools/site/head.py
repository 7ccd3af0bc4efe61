"""What a page says to machines in its head: JSON-LD in the words of schema.org, and the picture links are shown with.

It goes into the front matter; `theme/main.html` puts it into the head. Addresses there have to be whole, and only
mkdocs knows where the site will be: `SITE` stands for it. A card is data about a model, so it is a `Dataset`; the
model is what it is about.
"""

import json
from collections.abc import Iterator

from zoo_tools.domain.manifest import Artifact, Licence, Manifest, Variant
from zoo_tools.registry.load import Entry
from zoo_tools.site import social
from zoo_tools.site.api import places
from zoo_tools.site.escape import escape
from zoo_tools.site.key_figures import Said, key_figures
from zoo_tools.site.pages.card.subject import card_source
from zoo_tools.site.zoo import Zoo

SITE = "&site;"
"""No text can hold it: `&` is always escaped."""
HOME = "index.md"

Thing = dict[str, object]


def model_heads(zoo: Zoo, entry: Entry[Manifest]) -> Iterator[tuple[str, str]]:
    """Yield the lines that the front matter of a model's pages gets, by source."""
    yield card_source(entry.id), _lines(_family(zoo, entry))
    for variant in entry.value.variants:
        thing = _card(zoo, entry, variant)
        alt = ", ".join([entry.value.title, *(f"{said.name} {said.value}" for said in _figures(zoo, entry, variant))])
        picture = social.card_picture(entry.id, variant.id)
        yield card_source(entry.id, variant.id), _lines(thing, picture=picture, alt=alt)


def home_head() -> str:
    """Return the lines that the front matter of the first page gets."""
    data: Thing = {
        "@type": "Dataset",
        "name": "All figures of the zoo",
        "description": "Every published and measured figure of every model file, with conditions, evidence and trust.",
        "distribution": [_download(places.CATALOGUE, "application/json"), _download(places.CATALOGUE_CSV, "text/csv")],
    }
    about = "Object detectors for small machines; every figure says who measured it, and what proves it."
    zoo: Thing = {"@type": "DataCatalog", "name": "Model zoo", "description": about, "url": SITE, "dataset": data}
    return _lines(zoo)


def put(text: str, lines: str) -> str:
    """Return a page with more lines in its front matter."""
    opening = "---\n"
    return f"{opening}{lines}{text.removeprefix(opening)}" if text.startswith(opening) else text


def _lines(thing: Thing, *, picture: str | None = None, alt: str | None = None) -> str:
    shown = f'picture: "{picture}"\npicture_alt: "{escape(alt or "")}"\n' if picture is not None else ""
    # JSON of JSON: a JSON string is a double-quoted string of YAML, too.
    return f"{shown}json_ld: {json.dumps(script_json({'@context': 'https://schema.org', **thing}))}\n"


def script_json(value: object) -> str:
    """Return JSON that means the same inside a script element, where `<` and `&` could end it or begin a reference."""
    text = json.dumps(value, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text.replace(SITE.replace("&", "\\u0026"), SITE)


def _card(zoo: Zoo, entry: Entry[Manifest], variant: Variant) -> Thing:
    manifest = entry.value
    name = f"{manifest.title}, {variant.id}"
    thing: Thing = {
        "@type": "Dataset",
        "name": f"Figures of {name}",
        "description": f"Accuracy, speed and memory of {name}: {manifest.summary}"[:5000],
        "url": _page(zoo, entry.id, variant.id),
        "isAccessibleForFree": True,
        "includedInDataCatalog": {"@type": "DataCatalog", "name": "Model zoo", "url": SITE},
        "distribution": _downloads(entry.id),
        "about": _model(manifest, name, [key_figures(zoo, entry, variant).artifact]),
    }
    measured = [_measured(said) for said in _figures(zoo, entry, variant)]
    return thing | {"variableMeasured": measured} if measured else thing


def _family(zoo: Zoo, entry: Entry[Manifest]) -> Thing:
    return {
        "@type": "Dataset",
        "name": f"Figures of {entry.value.title}",
        "description": f"Accuracy, speed and memory of {entry.value.title}: {entry.value.summary}"[:5000],
        "url": _page(zoo, entry.id),
        "isAccessibleForFree": True,
        "distribution": _downloads(entry.id),
        "about": _model(entry.value, entry.value.title, []),
        "hasPart": [
            {"@type": "Dataset", "name": f"Figures of {entry.value.title}, {variant.id}", "url": url}
            for variant in entry.value.variants
            for url in [_page(zoo, entry.id, variant.id)]
        ],
    }


def _page(zoo: Zoo, model: str, variant: str | None = None) -> str:
    return SITE + zoo.place(HOME).href(card_source(model, variant))


def _figures(zoo: Zoo, entry: Entry[Manifest], variant: Variant) -> list[Said]:
    return key_figures(zoo, entry, variant).said


def _model(manifest: Manifest, name: str, artifacts: list[Artifact]) -> Thing:
    thing: Thing = {"@type": "CreativeWork", "name": name, "genre": "neural network for object detection"}
    if (licence := _licence(manifest.licences.weights)) is not None:
        thing["license"] = licence
    if manifest.sources.upstream is not None:
        thing["url"] = manifest.sources.upstream
    if manifest.sources.papers:
        thing["citation"] = manifest.sources.papers
    # An archive's address is not that of the file in it.
    files = [_file(one) for one in artifacts if one.sha256 is not None and one.urls and one.archive is None]
    return thing | {"encoding": files} if files else thing


def _file(artifact: Artifact) -> Thing:
    return {
        "@type": "MediaObject",
        "name": artifact.filename,
        "contentUrl": artifact.urls[0],
        "contentSize": f"{artifact.size} B",
        "sha256": artifact.sha256,
    }


def _licence(licence: Licence) -> str | None:
    """Return the address of a licence, or nothing where it is unknown or none of SPDX alone."""
    if licence.url is not None or licence.spdx == "unknown":
        return licence.url
    is_plain = " " not in licence.spdx and not licence.spdx.startswith("LicenseRef-")
    return f"https://spdx.org/licenses/{licence.spdx}" if is_plain else licence.spdx


def _measured(said: Said) -> Thing:
    figure = said.marked.figure
    return {
        "@type": "PropertyValue",
        "name": said.name,
        "value": float(figure.value),
        "unitText": figure.unit,
        "measurementTechnique": said.where,
    }


def _downloads(model: str) -> list[Thing]:
    return [
        _download(places.model_place(model, "json"), "application/json"),
        _download(places.model_place(model, "csv"), "text/csv"),
        _download(places.model_place(model, "yaml"), "application/yaml"),
    ]


def _download(place: str, kind: str) -> Thing:
    return {"@type": "DataDownload", "contentUrl": f"{SITE}{place}", "encodingFormat": kind}
