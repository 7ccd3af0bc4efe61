"""What a pull request changes, as a reviewer reads it: figures old and new with who says so, contracts, recordings."""

import re
from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.report.changes import Changes, FigureChange, GoldenChange, ModelChange, ValueChange
from zoo_tools.report.markdown_text import code, text
from zoo_tools.report.sections import Block, Section

_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
_NONE = "–"
_SHOWN = 120
"""Characters of an address or value in a table."""


def change_sections(changes: Changes | None) -> list[Section]:
    """Return the sections on what is different; none where nothing was compared."""
    if changes is None:
        return []
    since = f"since {code(changes.since, 100)} ({code(changes.commit[:12])})"
    figures = [Block(_head(model, "figure | old | new | who says so"), _figures(model)) for model in changes.models]
    values = [Block(_head(model, "value | old | new"), _values(model.values)) for model in changes.models]
    goldens = [
        Block(f"\n#### {code(golden.case, 200)}\n\n{_golden_line(golden)}", _seen(golden))
        for model in changes.models
        for golden in model.goldens
    ]
    models = Block("\n", [_model(model) for model in changes.models])
    return [
        Section(f"\n### What changes {since}\n", [models], "models", 0.05),
        Section("\n### Figures\n", figures, "figures", 0.2),
        Section("\n### Contracts, files and other values\n", values, "values", 0.1),
        Section("\n### Recorded detections\n", goldens, "detections", 0.1),
    ]


def _model(model: ModelChange) -> str:
    was = f" from {code(model.was)}" if model.was else ""
    if model.problem:
        return f"- {code(model.model)} {model.kind}{was}: {text(model.problem)}\n"
    counts = [(len(model.figures), "figure"), (len(model.values), "other value"), (len(model.goldens), "recording")]
    told = ", ".join(f"{count:,} {noun}{'s' * (count != 1)}" for count, noun in counts if count)
    return f"- {code(model.model)} {model.kind}{was}{': ' if told else ''}{told}\n"


def _head(model: ModelChange, names: str) -> str:
    return f"\n#### {code(model.model)}\n\n| {names} |\n{'|---' * (names.count('|') + 1)}|\n"


def _figures(model: ModelChange) -> list[str]:
    return [
        f"| {code(one.at, _SHOWN)} {text(one.unit, 30)} | {_value(one.old)} | {_value(one.new)}{_by(one)}"
        f" | {_evidence(one)} |\n"
        for one in model.figures
    ]


def _value(said: str | None) -> str:
    return _NONE if said is None else code(said, _SHOWN) or code("(blank)")


def _by(change: FigureChange) -> str:
    """Return by how much a figure changes, where both are numbers."""
    if change.old is None or change.new is None or change.old == change.new or "→" in change.unit:
        return ""
    if not (_NUMBER.fullmatch(change.old) and _NUMBER.fullmatch(change.new)):
        return ""
    old, new = Decimal(change.old), Decimal(change.new)
    return f" ({(new - old) / abs(old) * 100:+.1f} %)" if old else ""


def _evidence(change: FigureChange) -> str:
    old, new = change.old_evidence, change.new_evidence
    if old == new or old is None or new is None:
        return text(new or old or "", 160)
    return f"{text(old, 160)} **→** {text(new, 160)}"


def _values(values: tuple[ValueChange, ...]) -> list[str]:
    return [f"| {code(one.at, _SHOWN)} | {_value(one.old)} | {_value(one.new)} |\n" for one in values]


def _golden_line(golden: GoldenChange) -> str:
    """Return what a recording's head says, and the head of the table of detections."""
    counts = [_NONE if count is None else f"{count:,}" for count in (golden.old_count, golden.new_count)]
    lines = [f"{code(golden.file, 200)}: {counts[0]} → {counts[1]} detections."]
    lines += [f"- {code(one.at, 40)}: {_value(one.old)} → {_value(one.new)}" for one in golden.made_with[:8]]
    if golden.overlay:
        lines.append(f"- before (left) and after (right) are drawn in {code(golden.overlay, 200)}, beside this report")
    return "\n".join(lines) + "\n\n| detection | old score | new score | overlap (IoU) |\n|---|--:|--:|--:|\n"


def _seen(golden: GoldenChange) -> list[str]:
    return list(_rows(golden)) or ["| the same detections | | | |\n"]


def _rows(golden: GoldenChange) -> Iterator[str]:
    for one in golden.detections:
        yield (
            f"| {text(one.label, 60)} | {_value(one.old_score)} | {_value(one.new_score)} "
            f"| {text(one.iou or _NONE, 10)} |\n"
        )
