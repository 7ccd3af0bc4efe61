"""What `validate` says of a selection: on standard error why each subject was chosen, in reports what has changed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click

from zoo_tools.checks.selection import Selection
from zoo_tools.cli.validate_plan import Plan
from zoo_tools.domain.golden import Golden
from zoo_tools.domain.manifest import Manifest
from zoo_tools.errors import BrokenFileError, UnavailableError
from zoo_tools.registry.changed import Revision
from zoo_tools.registry.golden import read_golden
from zoo_tools.registry.load import Registry, load_model, model_folders
from zoo_tools.report import changes as report
from zoo_tools.report.changes import Changes, GoldenChange, ModelChange
from zoo_tools.report.figure_diff import model_change
from zoo_tools.report.golden_diff import golden_change
from zoo_tools.report.inert import inert, not_a_command

_MOST_LINES = 40
"""Subjects that are told one by one."""
_RENAMED = "renamed to `"


def tell(plan: Plan, since: str) -> None:
    """Write on standard error what is checked and why."""
    assert plan.selection is not None  # there is nothing to tell otherwise
    assert plan.base is not None
    selection, total = plan.selection, len(model_folders(plan.registry.root))
    where = f"{inert(since)} (compared with {plan.base.commit[:12]})"
    click.echo(f"{len(selection.models)} of {total} models to check, by what changed since {where}", err=True)
    lines = list(_lines(selection))
    for line in lines[:_MOST_LINES]:
        click.echo(not_a_command(f"  {inert(line)}"), err=True)
    if len(lines) > _MOST_LINES:
        click.echo(f"  and {len(lines) - _MOST_LINES:,} more, which the reports name", err=True)


def _lines(selection: Selection) -> Iterator[str]:
    for name, reasons in [*selection.models.items(), *selection.shared.items()]:
        more = f"; {len(reasons) - 3} more reasons" if len(reasons) > 3 else ""
        yield f"{name}: {'; '.join(reasons[:3])}{more}"
    for name, what in selection.removed.items():
        yield f"{name}: {what}"


def selection_of(plan: Plan, since: str) -> report.Selection:
    """Return the selection as reports hold it."""
    assert plan.selection is not None
    assert plan.base is not None
    chosen = plan.selection.models | plan.selection.shared
    return report.Selection(
        since, plan.base.commit, tuple(report.Chosen(name, tuple(reasons)) for name, reasons in chosen.items()),
        len(model_folders(plan.registry.root)), tuple(plan.selection.removed),
    )  # fmt: skip


def changes_of(plan: Plan, since: str, *, drawings: Path | None = None) -> Changes:
    """Return what is different in the models of this share; models that are gone are told by the first.

    Args:
        plan: what is looked at, with the revision it is compared with.
        since: that revision, as the user named it.
        drawings: folder of a report, beside which changed recordings are drawn; None draws nothing.
    """
    assert plan.base is not None
    registry, revision = plan.registry, plan.base
    selection = plan.selection or Selection()
    renamed = {what.removeprefix(_RENAMED).rstrip("`"): name for name, what in selection.removed.items()}
    models = dict.fromkeys(one.model for one in plan.chosen)
    found = [_change(registry, revision, model, renamed.get(model), drawings) for model in models]
    if plan.has_shared:
        gone = [name for name, what in selection.removed.items() if not what.startswith(_RENAMED)]
        found += [_change(registry, revision, model, None, drawings) for model in gone]
    return Changes(since, revision.commit, tuple(one for one in found if one is not None))


def _change(
    registry: Registry, revision: Revision, model: str, was: str | None, drawings: Path | None
) -> ModelChange | None:
    if was is None and revision.is_same(model):
        return None
    entry = registry.models.get(model) or load_model(registry.root, model)[0]
    if entry is None and model in model_folders(registry.root):
        return ModelChange(model, "changed", was, problem="its manifest cannot be read")
    try:
        before = revision.manifest_of(was or model)
        now = None if entry is None else entry.value
        versions = _Version(model, now), _Version(was or model, before)
        goldens = tuple(_goldens(registry, revision, *versions, drawings))
    except (BrokenFileError, UnavailableError) as error:
        return ModelChange(model, "changed", was, problem=f"what it was cannot be read: {error.message}")
    return model_change(model, before, now, was=was, goldens=goldens)


class _Version(NamedTuple):
    """A model at one of two times."""

    model: str
    manifest: Manifest | None

    def recordings(self) -> dict[str, str]:
        """Return the files of golden cases, by case without the model's name."""
        variants = [] if self.manifest is None else self.manifest.variants
        return {
            f"{variant.id}/{case.artifact}@{case.image}": case.file for variant in variants for case in variant.golden
        }


def _goldens(
    registry: Registry, revision: Revision, now: _Version, before: _Version, drawings: Path | None
) -> Iterator[GoldenChange]:
    new, old = now.recordings(), before.recordings()
    for case in dict.fromkeys([*new, *old]):
        recorded = revision.recording(before.model, old[case]) if case in old else None
        is_now = _recording(registry, now.model, new[case]) if case in new else None
        found = golden_change(f"{now.model}/{case}", new.get(case) or old[case], recorded, is_now)
        if found is not None and drawings is not None:
            found = replace(found, overlay=_drawn(registry, found.case, recorded, is_now, drawings))
        if found is not None:
            yield found


def _drawn(registry: Registry, case: str, old: Golden | None, new: Golden | None, folder: Path) -> str | None:
    """Draw two recordings of a picture that the registry holds itself; return the drawing's name, if there is one."""
    picture = registry.images.get(case.rpartition("@")[2])
    if picture is None or picture.value.path is None:
        return None
    from zoo_tools.report.overlay import write_overlay

    try:
        return write_overlay(folder, case, registry.root / picture.value.path, old, new)
    except (BrokenFileError, UnavailableError, OSError):  # other checks speak of the picture; a report goes without
        return None


def _recording(registry: Registry, model: str, file: str) -> Golden | None:
    """Return a recording as it is; None where it cannot be read, which `golden-current` reports."""
    folder = registry.root / "models" / model
    try:
        return read_golden(folder / file, inside=folder)
    except BrokenFileError:
        return None
