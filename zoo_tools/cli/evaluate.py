"""`zoo_tools evaluate`: average precision of a model by the protocols its figures name."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from zoo_tools.cli.detecting import ChosenDetector, choose_detector, engine_option
from zoo_tools.cli.options import make_fetcher, open_registry, registry_option, source_options
from zoo_tools.domain.references import Protocol
from zoo_tools.domain.settings import EngineName
from zoo_tools.errors import UsageError
from zoo_tools.evaluation.average_precision import Interval, Score, bootstrap, score
from zoo_tools.evaluation.data_at import labelled_set, places_of
from zoo_tools.evaluation.labelled import LabelledSet
from zoo_tools.evaluation.running import Kept, contract_for, run_key, sightings
from zoo_tools.inference.detector import Detector
from zoo_tools.registry.load import Registry


@click.command("evaluate")
@click.argument("subject")
@click.option("--data", multiple=True, metavar="NAME=PATH", help="Where a dataset is: its annotation file or folder.")
@click.option("--protocol", "protocol_ids", multiple=True, metavar="ID", help="How; by default as the figures say.")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many pictures; no figure for the registry.")
@click.option("--keep", type=click.Path(path_type=Path, dir_okay=False), help="Keep detections here, and go on there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@engine_option
@source_options
@registry_option
def command(
    subject: str,
    *,
    data: tuple[str, ...],
    protocol_ids: tuple[str, ...],
    limit: int | None,
    keep: Path | None,
    as_json: bool,
    engine: EngineName | None,
    delegate: str,
    mirrors: tuple[str, ...],
    offline: bool,
    allow_hosts: tuple[str, ...],
    registry_folder: Path | None,
) -> None:
    """Compute the AP of SUBJECT (model/variant/artifact) on labelled pictures.

    Protocols are those of the artifact's figures, as far as the registry says how they are computed; datasets that the
    registry holds itself need no --data. The interval is a bootstrap over pictures: where AP would lie on others.
    """
    registry = open_registry(registry_folder)
    places = places_of(data)
    fetcher = make_fetcher(registry, mirrors, offline=offline, allow_hosts=allow_hosts, progress=None)
    chosen = choose_detector(registry, subject, fetcher, engine=engine, delegate=delegate)
    protocols = _protocols(registry, chosen, protocol_ids)
    if keep is not None and len(protocols) > 1:
        raise UsageError("--keep is for one protocol", fix="name it with --protocol")
    results = []
    for protocol in protocols:
        if protocol.dataset not in registry.datasets:
            raise UsageError(f"there is no dataset `{protocol.dataset}`", fix="mend the protocol")
        whole = labelled_set(registry.datasets[protocol.dataset].value, registry.root, places)
        try:
            pictures = whole.for_labels(chosen.labels)
        except ValueError as error:
            message = f"{protocol.dataset} does not fit {chosen.subject.name}: {error}"
            raise UsageError(message, fix="choose another protocol") from None
        results.append(_evaluated(chosen, protocol, pictures, limit=limit, keep=keep))
    if as_json:
        click.echo(json.dumps([one.to_json() for one in results], indent=1))
    else:
        for one in results:
            one.show(Console())


class Result:
    """One protocol's score with what it was computed by."""

    def __init__(
        self, chosen: ChosenDetector, protocol: Protocol, found: Score, interval: Interval, *, by: str
    ) -> None:
        self._chosen, self._protocol, self._found, self._interval, self._by = chosen, protocol, found, interval, by

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object; AP in percent."""
        return {
            "subject": self._chosen.subject.name,
            "artifact_sha256": self._chosen.runnable.sha256,
            "protocol": self._protocol.id,
            "environment": self._by,
            "pictures": self._found.pictures,
            "objects": self._found.objects,
            "ap": self._found.ap,
            "interval": {
                "low": self._interval.low, "high": self._interval.high, "confidence": self._interval.confidence,
            },
            "by_class": self._found.by_class,
            "by_iou": {f"{iou:g}": value for iou, value in self._found.by_iou.items()},
        }  # fmt: skip

    def show(self, console: Console) -> None:
        """Print it as a table."""
        low, high = self._interval.low, self._interval.high
        for line in (
            f"{self._chosen.subject.name} by {self._by}",
            f"{self._protocol.title}: {self._found.pictures} pictures, {self._found.objects} objects",
            f"AP {self._found.ap:.2f}  (95 % interval {low:.2f} to {high:.2f})",
        ):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
        if len(self._found.by_class) == 1 and len(self._found.by_iou) == 1:
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("class")
        table.add_column("AP", justify="right")
        for name, value in self._found.by_class.items():
            table.add_row(name, "not in these pictures" if value is None else f"{value:.2f}")
        if len(self._found.by_iou) > 1:
            for iou, value in self._found.by_iou.items():
                table.add_row(f"all at IoU {iou:g}", f"{value:.2f}")
        console.print(table)


def _protocols(registry: Registry, chosen: ChosenDetector, ids: Sequence[str]) -> list[Protocol]:
    """Return the protocols asked for, or those of the artifact's figures that can be computed."""
    if ids:
        unknown = [id_ for id_ in ids if id_ not in registry.protocols]
        if unknown:
            raise UsageError(f"there is no protocol `{unknown[0]}`", fix=f"choose of {', '.join(registry.protocols)}")
        return [registry.protocols[id_].value for id_ in ids]
    variant, artifact = chosen.subject.variant, chosen.subject.artifact
    named = dict.fromkeys(figure.protocol for figure in variant.accuracy if figure.artifact == artifact.id)
    found = [registry.protocols[id_].value for id_ in named if id_ in registry.protocols]
    computed = [protocol for protocol in found if protocol.evaluator is not None]
    if not computed:
        known = ", ".join(id_ for id_, entry in registry.protocols.items() if entry.value.evaluator is not None)
        raise UsageError(
            f"no figure of {chosen.subject.name} names a protocol that is computed here",
            fix=f"name one with --protocol: {known}",
        )
    return computed


def _evaluated(
    chosen: ChosenDetector, protocol: Protocol, pictures: LabelledSet, *, limit: int | None, keep: Path | None
) -> Result:
    contract = contract_for(chosen.runnable.contract, protocol)
    looked_at = list(pictures.pictures[:limit])
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with Detector(chosen.with_contract(contract), chosen.setting) as detector, bar:
        task = bar.add_task(protocol.id, total=len(looked_at))

        def tell(done: int, _total: int) -> None:
            bar.update(task, completed=done)

        if keep is None:
            seen = sightings(detector, looked_at, tell=tell)
        else:
            key = run_key(chosen.runnable.sha256, contract, detector.environment, looked_at)
            with Kept(keep, key) as kept:
                seen = sightings(detector, looked_at, tell=tell, kept=kept)
        environment = str(detector.environment)
    found = score(seen, pictures.names, protocol, input_size=chosen.input_size)
    return Result(chosen, protocol, found, bootstrap(found.judged), by=environment)
