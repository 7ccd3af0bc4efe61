"""What is fetched or cited stands at an allowed host, and at a commit where the host has commits.

Why: behind `main` or `latest` lies another file tomorrow, and a card that is cited by branch says something else next
year. A tag can be moved as well; forty digits of a commit cannot.
How to fix: write the commit in place of the branch or tag (GitHub: press `y` on the page); add a host that is to be
trusted to registry/hosts.yaml.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context, models
from zoo_tools.checks.subjects import Subject
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.findings import Finding, Location
from zoo_tools.errors import UnavailableError
from zoo_tools.fetch.location import HostRules, parse_location
from zoo_tools.registry.load import Registry

_WITH_COMMITS = [
    re.compile(pattern)
    for pattern in (
        r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/(refs/[^/]+/[^/]+|[^/]+)/.*",
        r"https://media\.githubusercontent\.com/media/[^/]+/[^/]+/([^/]+)/.*",
        r"https://github\.com/[^/]+/[^/]+/(?:blob|raw|tree|blame)/([^/?#]+).*",
        r"https://github\.com/[^/]+/[^/]+/archive/(refs/[^/]+/[^/]+|[^/]+?)(?:\.zip|\.tar\.gz)",
        r"https://huggingface\.co/(?:datasets/)?[^/]+/[^/]+/(?:resolve|blob|raw|tree)/([^/?#]+).*",
        r"https://gitlab\.com/.+/-/(?:blob|raw|tree)/([^/?#]+).*",
    )
]
"""Addresses of one revision; the group is the revision."""
_MOVING = frozenset({"main", "master", "latest", "head", "trunk", "nightly"})

Cited = tuple[str, Callable[[], Location]]
"""An address, and what finds its place: places are costly, and asked for only where something is wrong."""


def moving_part(url: str) -> str | None:
    """Return the part of an address that may mean another file tomorrow, if it has one."""
    for pattern in _WITH_COMMITS:
        found = pattern.fullmatch(url)
        if found is not None:
            return None if re.fullmatch(r"[0-9a-f]{40}", found[1]) else found[1]
    return next((part for part in url.partition("?")[0].split("/") if part.casefold() in _MOVING), None)


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Look at the addresses of artifacts, of pictures, and of what is cited."""
    rules = context.registry.once(_rules)
    fetched = [*_artifacts(subject), *_pictures(subject, context)]
    for url, at in fetched:
        try:
            rules.check(parse_location(url))
        except UnavailableError as error:
            yield CHECK.error(subject, error.message, fix="trust it in registry/hosts.yaml, or name another", at=at())
    for url, at in [*fetched, *_cited(subject)]:
        part = moving_part(url)
        if part is not None:
            message = f"the address is at `{part}`, which may be another file tomorrow; it should be at a commit"
            yield CHECK.error(subject, message, fix=f"write the commit in place of `{part}`", at=at())


def _rules(registry: Registry) -> HostRules:
    return HostRules.of(registry.hosts)


def _artifacts(subject: Subject) -> Iterator[Cited]:
    for v, variant in enumerate(subject.manifest.variants):
        for a, artifact in enumerate(variant.artifacts):
            for u, url in enumerate(artifact.urls):
                yield url, partial(subject.at, "variants", v, "artifacts", a, "urls", u)


def _pictures(subject: Subject, context: Context) -> Iterator[Cited]:
    shown = {case.image for variant in subject.manifest.variants for case in variant.golden}
    for id_ in sorted(shown & context.registry.images.keys()):
        picture = context.registry.images[id_]
        for u, url in enumerate(picture.value.urls):
            yield url, partial(picture.locate, ("urls", u))


def _cited(subject: Subject) -> Iterator[Cited]:
    for id_, evidence in subject.manifest.evidence.items():
        if isinstance(evidence, Published):
            yield evidence.url, partial(subject.at, "evidence", id_, "url")
    for id_, contract in subject.manifest.contracts.items():
        for i, source in enumerate(contract.sources):
            if source.url is not None:
                yield source.url, partial(subject.at, "contracts", id_, "sources", i, "url")
    licences = subject.manifest.licences
    for of, licence in (("code", licences.code), ("weights", licences.weights), ("dataset", licences.dataset)):
        if licence.url is not None:
            yield licence.url, partial(subject.at, "licences", of, "url")


CHECK = Check("urls-pinned", Level.STATIC, models, run)
