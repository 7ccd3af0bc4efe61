"""`zoo_tools show`: one card in the terminal."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zoo_tools.cli.options import open_registry, registry_option
from zoo_tools.cli.subjects import Chosen, choose
from zoo_tools.domain.address import AddressError, resolve
from zoo_tools.domain.address import Path as Address
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.manifest import Artifact, Licence, Manifest, Variant
from zoo_tools.errors import UsageError
from zoo_tools.registry.load import Entry
from zoo_tools.report.inert import inert, not_a_command

if TYPE_CHECKING:
    from zoo_tools.site.zoo import Marked, Zoo

LAYOUT = 1
"""Of the JSON; it grows with the meaning of a key."""
WIDTH = 110
"""Columns where there is no terminal."""
HEADINGS = {
    "footprint": "Memory", "latency": "Latency", "accuracy": "Accuracy", "complexity": "Network", "training": "Training"
}  # fmt: skip
_STYLES = {"corrected": "yellow", "disputed": "bold red", "not-bound-to-bytes": "yellow", "unknown": "red"}


@click.command("show")
@click.argument("subject")
@click.option(
    "--report", "report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="A JSON report of `validate`: figures also bear the marks of the checks that passed in it.",
)  # fmt: skip
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="For whom.")
@registry_option
def command(subject: str, *, report: Path | None, output: str, registry_folder: Path | None) -> None:
    """Show the card of SUBJECT: what it is, its files, and every figure with its marks and the line it stands on.

    SUBJECT is a model, model/variant, model/variant/artifact, or the path of a manifest.
    """
    from zoo_tools.site.zoo import Zoo

    registry = open_registry(registry_folder)
    (chosen,) = choose(registry, [subject])
    entry = registry.models.get(chosen.model)
    if entry is None:
        problem = registry.findings_of(chosen.model)[0]
        message = f"the manifest of {chosen.model} cannot be read: {problem.message} ({problem.location})"
        raise UsageError(message, fix="mend it; `zoo_tools validate --level static` names every problem")
    checked = None
    if report is not None:
        from zoo_tools.site.checked import read_report

        checked = read_report(report)
    card = _Card(Zoo(registry, checked), entry, chosen)
    if output == "json":
        click.echo(json.dumps(card.tree(), indent=1, ensure_ascii=False))
        return
    is_read = sys.stdout.isatty()
    console = Console(width=None if is_read else WIDTH, highlight=False, emoji=False, markup=False)
    with console.capture() as written:
        for part in card.parts():
            # Into a pipe a sentence or an address goes as one line, for who searches it.
            console.print(part, soft_wrap=isinstance(part, Text) and not is_read)
    text = written.get()
    click.echo(text if is_read else "\n".join(not_a_command(line.rstrip()) for line in text.split("\n")), nl=False)


class _Card:
    """What is shown of one subject."""

    def __init__(self, zoo: "Zoo", entry: Entry[Manifest], chosen: Chosen) -> None:
        self._zoo, self._entry, self._manifest = zoo, entry, entry.value
        _, *names = chosen.name.split("/")
        self._variants = [one for one in self._manifest.variants if not names or one.id == names[0]]
        self._artifact = names[1] if len(names) > 1 else None

    def parts(self) -> Iterator[Text | Table | Padding | Group]:
        """Yield the card from top to bottom."""
        yield from self._head()
        for variant in self._variants:
            yield Text()
            yield _line((f"{self._manifest.id}/{variant.id}", "bold"), *self._said_of(variant))
            yield Padding(self._files(variant), (0, 0, 0, 2))
            for kind, heading in HEADINGS.items():
                marked = [one for one in self._figures(variant) if one.figure.kind == kind]
                if marked:
                    yield Padding(Group(Text(heading, "bold"), self._table(marked)), (1, 0, 0, 2))
        yield from self._foot()

    def tree(self) -> dict[str, object]:
        """Return it for programs: figures with marks, sources and what was published instead."""
        manifest = self._manifest
        return {
            "layout": LAYOUT,
            "model": manifest.id,
            "title": manifest.title,
            "state": manifest.status.state,
            "summary": manifest.summary,
            "licences": {part: one.spdx for part, one in _licences(manifest)},
            "checked": self._zoo.checked_note,
            "variants": [
                {
                    "id": variant.id,
                    "resolution": variant.resolution,
                    "dataset": variant.dataset,
                    "artifacts": [
                        {"id": one.id, "format": one.format, "sha256": one.sha256, "size": one.size}
                        for one in self._artifacts(variant)
                    ],
                    "figures": [self._figure_tree(one) for one in self._figures(variant)],
                }
                for variant in self._variants
            ],
        }

    def _figure_tree(self, one: "Marked") -> dict[str, object]:
        figure = one.figure
        return {
            "address": figure.address,
            "artifact": figure.group.artifact,
            "conditions": self._conditions(one),
            "quantity": figure.quantity,
            "value": str(figure.value),
            "unit": figure.unit,
            "marks": [mark.value for mark in one.marks],
            "evidence": figure.group.evidence,
            "line": figure.group.line,
            "published": [{"as": was.published, "reason": was.reason} for was in one.corrections],
        }

    def _head(self) -> Iterator[Text]:
        manifest = self._manifest
        state = [] if manifest.status.state == "active" else [(manifest.status.state, "bold red")]
        version = [] if manifest.version is None else [(manifest.version, "dim")]
        yield _line((manifest.title, "bold"), (manifest.id, "dim"), *version, *state)
        yield Text(inert(" ".join(manifest.summary.split())))
        licences = ", ".join(f"{part} {one.spdx}" for part, one in _licences(manifest))
        yield _line(("licences: ", "dim"), (licences, ""), gap="")
        if manifest.sources.upstream is not None:
            yield _line(("upstream: ", "dim"), (manifest.sources.upstream, ""), gap="")
        yield Text(inert(self._zoo.checked_note), "dim")

    def _said_of(self, variant: Variant) -> list[tuple[str, str]]:
        size = " × ".join(map(str, variant.resolution))
        dataset, labels = self._zoo.dataset_title(variant.dataset), self._zoo.labels_title(variant.labels)
        return [(size, ""), (f"trained on {dataset}", "dim"), (f"labels {labels}", "dim")]

    def _artifacts(self, variant: Variant) -> list[Artifact]:
        return [one for one in variant.artifacts if self._artifact in (None, one.id)]

    def _files(self, variant: Variant) -> Table:
        table = _table("file", "format", "precision", "bytes", "sha256")
        for one in self._artifacts(variant):
            known = "unpinned" if one.sha256 is None else f"{one.sha256[:12]}…"
            size = "" if one.size is None else f"{one.size:,}"
            precision = "/".join(dict.fromkeys((one.precision.weights, one.precision.activations)))
            table.add_row(*map(_cell, (one.id, one.format, precision, size, known)))
        return table

    def _figures(self, variant: Variant) -> "list[Marked]":
        return [
            one
            for one in self._zoo.figures(self._manifest.id)
            if one.figure.variant.id == variant.id and self._artifact in (None, one.figure.group.artifact)
        ]

    def _table(self, marked: "Sequence[Marked]") -> Table:
        """Show figures, a row for each group of them: its artifact and conditions are said once."""
        table = _table("file", "conditions", "figures", "marks", "source")
        for group in dict.fromkeys(one.figure.group_path for one in marked):
            members = [one for one in marked if one.figure.group_path == group]
            common = [mark for mark in members[0].marks if all(mark in one.marks for one in members)]
            figures = Text("\n").join(
                self._value(one, [mark for mark in one.marks if mark not in common]) for one in members
            )
            table.add_row(
                _cell(members[0].figure.group.artifact), _cell(self._conditions(members[0])), figures,
                _marks(mark.value for mark in common), self._source(members[0]),
            )  # fmt: skip
        return table

    def _conditions(self, one: "Marked") -> str:
        from zoo_tools.site import words

        said = [words.conditions(one.group, self._zoo), words.tools(one.group, self._zoo)]
        return ", ".join(filter(None, said))

    def _value(self, one: "Marked", own: Sequence[str]) -> Text:
        from zoo_tools.site import words

        figure = one.figure
        text = Text(f"{words.QUANTITIES.get(figure.quantity, figure.quantity)} ", "dim")
        text.append(str(figure.value), "bold")
        text.append("" if figure.value == "NA" else f" {words.unit(figure.unit)}")
        for was in one.corrections:
            text.append(" published as ", "dim").append(inert(was.published), "strike")
        return text.append(" ").append(_marks(str(mark) for mark in own)) if own else text

    def _source(self, one: "Marked") -> Text:
        group = one.group
        line = "" if group.line is None else f" line {group.line}"
        return _cell(f"{group.evidence}{line}")

    def _foot(self) -> Iterator[Text]:
        manifest = self._manifest
        shown = {one.figure.group.evidence for variant in self._variants for one in self._figures(variant)}
        if shown:
            yield Text("\nSources", "bold")
        for id_ in (one for one in manifest.evidence if one in shown):
            said = manifest.evidence[id_]
            if isinstance(said, Published):
                text = f"{said.title}, {said.by}, {said.url}"
            else:
                text = " ".join(filter(None, [said.kind, getattr(said, "command", None), getattr(said, "how", None)]))
            yield _line((f"  {id_}: ", "dim"), (text, ""), gap="")
        yield from self._odd()

    def _odd(self) -> Iterator[Text]:
        """Show what is known to be wrong or odd about the figures shown, and count the rest."""
        manifest = self._manifest
        shown = {one.figure.path for variant in self._variants for one in self._figures(variant)}
        for was in manifest.corrections:
            if self._concerns(was.at, shown):
                text = f"{was.at}: published as {was.published}, {was.reason}"
                yield _line(("  corrected ", "yellow"), (text, ""), gap="")
        odd = [one for one in manifest.anomalies if any(self._concerns(at, shown) for at in one.at)]
        for one in odd:
            yield _line((f"  {one.verdict} ", "yellow"), (f"{one.published}: {one.reason}", ""), gap="")
        if rest := len(manifest.anomalies) - len(odd):
            yield Text(
                f"  {rest} more things that documents say oddly or not at all concern no figure shown here", "dim"
            )

    def _concerns(self, address: str, shown: set[Address]) -> bool:
        try:
            path = resolve(self._manifest, address)
        except AddressError:
            return False  # `references-resolve` reports it
        return any(figure[: len(path)] == path for figure in shown)


def _licences(manifest: Manifest) -> list[tuple[str, Licence]]:
    held = manifest.licences
    return [("code", held.code), ("weights", held.weights), ("dataset", held.dataset)]


def _line(*words: tuple[str, str], gap: str = "  ") -> Text:
    text = Text()
    for at, (word, style) in enumerate(words):
        text.append(gap if at else "").append(inert(word), style)
    return text


def _cell(text: str) -> Text:
    return Text(inert(text), overflow="fold")


def _marks(values: Iterable[str]) -> Text:
    text = Text()
    for at, value in enumerate(values):
        text.append(" " if at else "").append(value, _STYLES.get(value, "green"))
    return text


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", justify="right" if heading == "bytes" else "left")
    return table
