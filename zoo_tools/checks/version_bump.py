"""Whoever changes the bytes of an artifact, or the contract it is run by, raises the manifest's version and says so.

Why: who has a model in a product asks two things of a new revision: is it the same file, and is it read the same way?
A raised version and a sentence in the changelog answer both; a changed digest alone is overlooked. The check is made
only with `validate --base REF`, and compares with the merge base of HEAD and REF. An artifact that is new, or whose
bytes were not pinned there, changes nothing for anybody.
How to fix: raise `version`, and add an entry of that version at the top of `changelog`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.context import Context
from zoo_tools.checks.differences import contract_differences, key_of, shown
from zoo_tools.checks.subjects import ArtifactSubject, Subject, model_subject
from zoo_tools.domain.address import Path
from zoo_tools.domain.findings import Finding, Location
from zoo_tools.domain.manifest import Artifact, Manifest, Variant
from zoo_tools.errors import BrokenFileError


@dataclass(frozen=True, slots=True)
class _Changed:
    """Something users depend on that is not what it was."""

    what: str
    was: str
    now: str
    at: Location


def compared_models(context: Context) -> Iterator[Subject]:
    """Select the model itself, where it is compared with an earlier revision."""
    if context.base is not None:
        yield model_subject(context.entry)


def run(subject: Subject, context: Context) -> Iterator[Finding]:
    """Compare a manifest with the one at the base."""
    assert context.base is not None  # nothing is asked without one
    now = subject.manifest
    try:
        then = context.base.manifest(subject.entry)
    except BrokenFileError as error:
        then = None
        message = f"what was changed cannot be told: the manifest at the base cannot be read, {error.message}"
        yield CHECK.note(subject, message, fix="compare it by hand")
    if then is not None:
        yield from _version(subject, then)
        if now.version is None or not _is_raised(now.version, then.version):
            still = f"the version is still {now.version}" if now.version else "the manifest has no version"
            above = f"raise `version` above {then.version}" if then.version else "add `version`"
            for changed in dict.fromkeys(_changes(context, then)):
                message = f"{changed.what} was {changed.was} and is {changed.now}; {still}"
                yield CHECK.error(subject, message, fix=f"{above}, and add an entry to the changelog", at=changed.at)
    yield from _changelog(subject)


def _is_raised(now: str, then: str | None) -> bool:
    return then is None or _parts(now) > _parts(then)


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _version(subject: Subject, then: Manifest) -> Iterator[Finding]:
    now = subject.manifest
    if then.version is None or now.version == then.version:
        return
    if now.version is None:
        message = f"the version was {then.version} and is not stated any more"
        yield CHECK.error(subject, message, fix=f"write `version: {then.version}`, or a higher one")
    elif not _is_raised(now.version, then.version):
        message = f"the version was {then.version} and is {now.version}, which is lower"
        yield CHECK.error(subject, message, fix=f"raise it above {then.version}", at=subject.at("version"))


def _changelog(subject: Subject) -> Iterator[Finding]:
    """Ask that the newest entry is that of the version."""
    version, changelog = subject.manifest.version, subject.manifest.changelog
    newest = changelog[0].version if changelog else None
    if version is None and newest is not None:
        message = f"the changelog is about {newest}, and the manifest has no version"
        yield CHECK.error(subject, message, fix=f"write `version: {newest}`", at=subject.at("changelog", 0, "version"))
    elif version is not None and version not in {change.version for change in changelog}:
        message = f"the version is {version}, and the changelog has no entry of it"
        yield CHECK.error(subject, message, fix="add it at the top of the changelog", at=subject.at("version"))
    elif version != newest:
        message = f"the newest entry of the changelog is of {newest}, the version is {version}"
        at = subject.at("changelog", 0, "version")
        yield CHECK.error(subject, message, fix=f"put the entry of {version} at the top", at=at)


def _changes(context: Context, then: Manifest) -> Iterator[_Changed]:
    now = {(subject.variant.id, subject.artifact.id): subject for subject in context.artifacts}
    for variant in then.variants:
        for artifact in variant.artifacts:
            subject = now.get((variant.id, artifact.id))
            if subject is not None:
                yield from _bytes(subject, artifact)
                yield from _contract(subject, then, variant, artifact)
            elif artifact.sha256 is not None:
                at = _left_of(context, variant.id)
                yield _Changed(f"sha256 of `{variant.id}/{artifact.id}`", artifact.sha256, "gone", at)


def _left_of(context: Context, variant_id: str) -> Location:
    """Return where an artifact that is gone stood: in its variant, where that is still there."""
    for v, variant in enumerate(context.entry.value.variants):
        if variant.id == variant_id:
            return context.entry.locate(("variants", v, "artifacts"), key=True)
    return context.entry.locate(("variants",), key=True)


def _bytes(subject: ArtifactSubject, then: Artifact) -> Iterator[_Changed]:
    now, name = subject.artifact, f"`{subject.variant.id}/{then.id}`"
    if then.sha256 is None:
        return
    if now.sha256 is None:
        yield _Changed(f"sha256 of {name}", then.sha256, "not stated", subject.at("unpinned", key=True))
    elif now.sha256 != then.sha256:
        yield _Changed(f"sha256 of {name}", then.sha256, now.sha256, subject.at("sha256"))
    elif now.size != then.size:
        yield _Changed(f"size of {name}", shown(then.size), shown(now.size), subject.at("size"))


def _contract(subject: ArtifactSubject, then: Manifest, variant: Variant, artifact: Artifact) -> Iterator[_Changed]:
    was, is_ = artifact.contract or variant.contract, subject.contract_id
    before, after = then.contracts.get(was), subject.manifest.contracts.get(is_)
    if before is None or after is None:
        return  # references-resolve reports it
    differences = list(contract_differences(after, before))
    if was == is_:
        for path, value, old in differences:
            at = subject.entry.locate(("contracts", is_, *path))
            yield _Changed(f"{key_of(path)} of contract `{is_}`", shown(old), shown(value), at)
    elif differences:
        keys = ", ".join(key_of(path) for path, _, _ in differences)
        place, name = _chosen_at(subject, artifact)
        was_and_differs = f"`{was}`, which differs in {keys},"
        yield _Changed(f"the contract of `{name}`", was_and_differs, f"`{is_}`", subject.entry.locate(place))


def _chosen_at(subject: ArtifactSubject, then: Artifact) -> tuple[Path, str]:
    """Return where an artifact's contract is chosen, and of what: by itself, or by its variant for all of them."""
    if subject.artifact.contract or then.contract:
        return (*subject.path, "contract"), f"{subject.variant.id}/{subject.artifact.id}"
    return (*subject.path[:2], "contract"), subject.variant.id


CHECK = Check("version-bump", Level.STATIC, compared_models, run)
