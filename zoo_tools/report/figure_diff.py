"""What has changed between two versions of a manifest: figures with their evidence, and every other value.

Values are matched by address, so that a new line, another order or a renamed folder is no change.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from pydantic import BaseModel

from zoo_tools.domain.address import names_of
from zoo_tools.domain.evidence import Derived, Evidence, Measured, Published
from zoo_tools.domain.figures import Figure, figures_of
from zoo_tools.domain.manifest import Manifest
from zoo_tools.report.changes import FigureChange, GoldenChange, ModelChange, ValueChange

_ELSEWHERE: Final = frozenset({"evidence", "line", "changelog", "format", "id"})
"""Keys that are no values of their own: told with the figures, or about the file itself."""
_FIGURES: Final = frozenset({"ms", "per_second", "share", "ram", "flash", "ap", "gflops", "mparams", "memory_gb"})
_IS_JUDGED: Final = re.compile(
    r"""
    (licences | sources | waivers) \b
    | contracts\[[^]]*\] \. (sources | input | preprocess | select | decode\.type) \b
    | variants\[[^]]*\] \. artifacts\[[^]]*\] \. (sha256 | size | path | urls | unpinned) \b
    """,
    re.VERBOSE,
)
"""What a reviewer judges of a new model, of which everything is new: rights, origin, contracts, waivers and bytes."""
_GROUPS: Final = frozenset({"footprints", "latencies", "accuracy", "complexity", "training"})


def model_change(
    model: str,
    old: Manifest | None,
    new: Manifest | None,
    *,
    was: str | None = None,
    goldens: Sequence[GoldenChange] = (),
) -> ModelChange | None:
    """Return what is different in one model; None where nothing is.

    Args:
        model: its id; of a removed model, the one it had.
        old: its manifest at the earlier revision; None where it was not there.
        new: its manifest now; None where it is not there any more.
        was: its earlier id, where that is another one.
        goldens: what has changed in its recordings.
    """
    figures = tuple(figure_diff(old, new))
    if old is None or new is None:
        if old is new:
            return None
        stated = [] if new is None else [one for one in value_diff(None, new) if one.new and _IS_JUDGED.match(one.at)]
        kind: Final = "removed" if new is None else "added"
        return ModelChange(model, kind, was, figures, tuple(stated), tuple(goldens))
    values = tuple(value_diff(old, new))
    if not (figures or values or goldens or was):
        return None
    return ModelChange(model, "renamed" if was else "changed", was, figures, values, tuple(goldens))


def figure_diff(old: Manifest | None, new: Manifest | None) -> list[FigureChange]:
    """Return the figures that differ in digits, unit or evidence, in the order of the newer file."""
    before, after = _figures(old), _figures(new)
    changes = []
    for at in dict.fromkeys([*after, *before]):
        was, now = before.get(at), after.get(at)
        if was != now:
            unit = now.unit if now else was.unit if was else ""
            if was and now and was.unit != now.unit:
                unit = f"{was.unit} → {now.unit}"
            digits = (was and was.digits, now and now.digits)
            changes.append(FigureChange(at, unit, *digits, was and was.evidence, now and now.evidence))
    return changes


class _Told(NamedTuple):
    """A figure as it is compared."""

    digits: str
    unit: str
    evidence: str


def _figures(manifest: Manifest | None) -> dict[str, _Told]:
    """Return the figures by address; of several with one address each has its number."""
    if manifest is None:
        return {}
    found: dict[str, _Told] = {}
    for figure in figures_of(manifest):
        told = _Told(str(figure.value), figure.unit, _evidence_of(manifest.evidence, figure))
        found[_unique(figure.address, found)] = told
    return found


def _evidence_of(evidence: Mapping[str, Evidence], figure: Figure) -> str:
    key = figure.group.evidence
    stated = evidence.get(key)
    return f"unknown evidence {key}" if stated is None else evidence_words(stated)


def evidence_words(evidence: Evidence) -> str:
    """Return who says so, in a few words."""
    if isinstance(evidence, Published):
        bound = {"same-revision": "files of the same revision", "unknown": "bytes unknown"}
        of = bound.get(evidence.artifact_sha256, f"sha256 {evidence.artifact_sha256[:12]}")
        return f"published by {evidence.by}: {evidence.title} ({of})"
    if isinstance(evidence, Measured):
        tools = ", ".join(f"{tool.id} {tool.version}" for tool in evidence.tools)
        return f"measured by {evidence.by}, {evidence.date}, with {tools}, sha256 {evidence.artifact_sha256[:12]}"
    if isinstance(evidence, Derived):
        return f"derived: {evidence.how}"
    raise TypeError(evidence)


def value_diff(old: Manifest | None, new: Manifest) -> list[ValueChange]:
    """Return every value but figures and their evidence that differs, in the order of the newer file."""
    before, after = {} if old is None else _values(old), _values(new)
    keys = dict.fromkeys([*after, *before])
    return [ValueChange(at, before.get(at), after.get(at)) for at in keys if before.get(at) != after.get(at)]


def _values(manifest: Manifest) -> dict[str, str]:
    found: dict[str, str] = {}
    for at, value in _leaves(manifest, "", is_in_group=False):
        found[_unique(at, found)] = value
    return found


def _leaves(value: object, at: str, *, is_in_group: bool) -> Iterator[tuple[str, str]]:
    """Yield every stated value with its address; a list of plain values is one."""
    if value is None:
        return
    if isinstance(value, BaseModel):
        for key, attribute in _keys(type(value)).items():
            if key in _ELSEWHERE or (is_in_group and key in _FIGURES):
                continue
            yield from _leaves(getattr(value, attribute), f"{at}.{key}" if at else key, is_in_group=key in _GROUPS)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, f"{at}[{key}]", is_in_group=is_in_group)
    elif isinstance(value, list) and any(isinstance(one, BaseModel) for one in value):
        for place, one in enumerate(value):
            yield from _leaves(one, f"{at}[{','.join(names_of(one)) or place}]", is_in_group=is_in_group)
    else:
        yield at, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@cache
def _keys(model: type[BaseModel]) -> dict[str, str]:
    """Return the attributes of an object by the keys that files know them by."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def _unique(at: str, taken: Mapping[str, object]) -> str:
    """Return an address, numbered where another value has it already."""
    if at not in taken:
        return at
    number = 2
    while f"{at} ({number})" in taken:
        number += 1
    return f"{at} ({number})"
