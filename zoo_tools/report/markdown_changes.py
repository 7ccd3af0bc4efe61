"""What a pull request changes, as a reviewer reads it: figures old and new with who says so, contracts, recordings."""

import re
from collections.abc import Iterator
from decimal import Decimal

from zoo_tools.report.changes import Changes, FigureChange, GoldenChange, ModelChange, ValueChange
from zoo_tools.report.markdown_text import code, link, text
from zoo_tools.report.places import Site
from zoo_tools.report.sections import Block, Section

_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
_NONE = "–"
_SHOWN = 120
"""Characters of an address or value in a table."""


def change_sections(changes: Changes | None, site: Site) -> list[Section]:
    """Return the sections on what is different, with links to cards; none where nothing was compared."""
    if changes is None:
        return []
    since = f"since {code(changes.since, 100)} ({code(changes.commit[:12])})"
    figures = [
        Block(_head(model, site, "figure | old | new | who says so"), _figures(model)) for model in changes.models
    ]
    values = [Block(_head(model, site, "value | old | new"), _values(model.values)) for model in changes.models]
    goldens = [
        Block(f"\n#### {_case(golden.case, site)}\n\n{_golden_line(golden)}", _seen(golden))
        for model in changes.models
        for golden in model.goldens
    ]
    models = Block("\n", [_model(model, site) for model in changes.models])
    return [
        Section(f"\n### What changes {since}\n", [models], "models", 0.04),
        Section("\n### Figures\n", figures, "figures", 0.2),
        Section("\n### Contracts, files and other values\n", values, "values", 0.1),
        Section("\n### Recorded detections\n", goldens, "detections", 0.1),
    ]


def _model(model: ModelChange, site: Site) -> str:
    was = f" from {code(model.was)}" if model.was else ""
    if model.problem:
        return f"- {_model_link(model, site)} {model.kind}{was}: {text(model.problem)}\n"
    value = "value to judge" if model.kind == "added" else "other value"
    counts = [(len(model.figures), "figure"), (len(model.values), value), (len(model.goldens), "recording")]
    several = {noun: noun.replace("value", "values") if "value" in noun else f"{noun}s" for _, noun in counts}
    told = ", ".join(f"{count:,} {noun if count == 1 else several[noun]}" for count, noun in counts if count)
    return f"- {_model_link(model, site)} {model.kind}{was}{': ' if told else ''}{told}\n"


def _model_link(model: ModelChange, site: Site) -> str:
    """Return a model's name, linked with its card unless that is there no more."""
    return link(code(model.model), None if model.kind == "removed" else site.card(model.model))


def _case(case: str, site: Site) -> str:
    """Return a golden case's name, `model/variant/artifact@picture`, linked with the card of its variant."""
    model, _, rest = case.partition("/")
    return link(code(case, 200), site.card(model, rest.partition("/")[0]))


def _head(model: ModelChange, site: Site, names: str) -> str:
    return f"\n#### {_model_link(model, site)}\n\n| {names} |\n{'|---' * (names.count('|') + 1)}|\n"


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
    if not old:
        return ""
    percent = (new - old) / abs(old) * 100
    return f" ({percent:+.1f} %)" if abs(percent) >= Decimal("0.05") else f" ({float(percent):+.1g} %)"


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
