"""`zoo_tools evaluate`: average precision of a model by the protocols its figures name."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from zoo_tools.cli.detecting import ChosenDetector, choose_detector, engine_option
from zoo_tools.cli.measured import Result, as_yaml
from zoo_tools.cli.options import make_fetcher, open_registry, registry_option, source_options
from zoo_tools.domain.decoding import Contract
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.references import Protocol
from zoo_tools.domain.settings import EngineName, Setting
from zoo_tools.errors import UsageError
from zoo_tools.evaluation.average_precision import ROUNDS, bootstrap, score
from zoo_tools.evaluation.data_at import is_at_hand, labelled_set, places_of
from zoo_tools.evaluation.labelled import LabelledPicture, LabelledSet, Sighting
from zoo_tools.evaluation.running import Kept, contract_for, run_key, sightings
from zoo_tools.inference.detector import Detector, Runnable
from zoo_tools.registry.load import Registry


@click.command("evaluate")
@click.argument("subject")
@click.option("--data", multiple=True, metavar="NAME=PATH", help="Where a dataset is: its annotation file or folder.")
@click.option("--protocol", "protocol_ids", multiple=True, metavar="ID", help="How; by default as the figures say.")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many pictures; no figure for the registry.")
@click.option("--keep", type=click.Path(path_type=Path, dir_okay=False), help="Keep detections here, and go on there.")
@click.option(
    "--rounds",
    type=click.IntRange(0),
    default=ROUNDS,
    show_default=True,
    help="Samples the interval is made of; 0 for none, which a large set computes faster.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--figures", "as_figures", is_flag=True, help="Print YAML to paste into the manifest.")
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
    rounds: int,
    as_json: bool,
    as_figures: bool,
    engine: EngineName | None,
    delegate: str,
    mirrors: tuple[str, ...],
    offline: bool,
    allow_hosts: tuple[str, ...],
    registry_folder: Path | None,
) -> None:
    """Compute the AP of SUBJECT (model/variant/artifact) on labelled pictures.

    Protocols are those of the artifact's figures that are computed here and whose pictures are at hand; datasets that
    the registry holds itself need no --data. The interval is a bootstrap over pictures: where AP would lie on others.
    """
    if limit is not None and as_figures:
        raise UsageError("a figure of the registry is about all pictures", fix="leave --limit out")
    registry = open_registry(registry_folder)
    places = places_of(data, registry.datasets)
    fetcher = make_fetcher(registry, mirrors, offline=offline, allow_hosts=allow_hosts, progress=None)
    chosen = choose_detector(registry, subject, fetcher, engine=engine, delegate=delegate)
    looks = _looks(chosen.runnable.contract, _protocols(registry, chosen, protocol_ids, places))
    if keep is not None and len(looks) > 1:
        raise UsageError("these protocols need more than one run, and --keep holds one", fix="name one with --protocol")
    sets = {one.dataset: _pictures(registry, chosen, one.dataset, places) for one, _ in looks}
    results = []
    for first, sharing in looks:
        pictures = sets[first.dataset]
        contract = contract_for(chosen.runnable.contract, first)
        seen, by = _seen(chosen.runnable.by(contract), chosen.setting, pictures.pictures, limit=limit, keep=keep)
        for protocol in sharing:
            found = score(seen, pictures.names, protocol, input_size=chosen.input_size)
            interval = bootstrap(found.judged, rounds=rounds) if rounds else None
            results.append(Result(chosen.subject, protocol, found, interval, by))
    if as_json:
        click.echo(json.dumps([one.to_json() for one in results], indent=1))
    elif as_figures:
        click.echo(as_yaml(chosen.subject, results))
    else:
        for one in results:
            _show(one, Console())


def _show(result: Result, console: Console) -> None:
    """Print a result as a table."""
    found = result.found
    interval = result.interval
    for line in (
        f"{result.subject.name} by {result.environment}",
        f"{result.protocol.title}: {found.pictures} pictures, {found.objects} objects",
        f"AP {found.ap:.2f}" + (f"  (95 % interval {interval.low:.2f} to {interval.high:.2f})" if interval else ""),
    ):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if len(found.by_class) == 1 and len(found.by_iou) == 1:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("class")
    table.add_column("AP", justify="right")
    for name, value in found.by_class.items():
        table.add_row(name, "not in these pictures" if value is None else f"{value:.2f}")
    if len(found.by_iou) > 1:
        for iou, value in found.by_iou.items():
            table.add_row(f"all at IoU {iou:g}", f"{value:.2f}")
    console.print(table)


def _protocols(
    registry: Registry, chosen: ChosenDetector, ids: Sequence[str], places: Mapping[str, Path]
) -> list[Protocol]:
    """Return the protocols asked for, or those of the artifact's figures that can be computed on pictures at hand."""
    if ids:
        unknown = [id_ for id_ in ids if id_ not in registry.protocols]
        if unknown:
            raise UsageError(f"there is no protocol `{unknown[0]}`", fix=f"choose of {', '.join(registry.protocols)}")
        return [registry.protocols[id_].value for id_ in dict.fromkeys(ids)]
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
    sets = registry.datasets
    here = [one for one in computed if one.dataset in sets and is_at_hand(sets[one.dataset].value, places)]
    # Without any pictures at hand the first is taken, so that the message names its dataset.
    return here or computed[:1]


def _looks(contract: Contract, protocols: Sequence[Protocol]) -> list[tuple[Protocol, list[Protocol]]]:
    """Put protocols together that one run serves: the same pictures, threshold and suppression."""
    looks: dict[tuple[str, str], list[Protocol]] = {}
    for protocol in protocols:
        selection = contract_for(contract, protocol).select.model_dump_json()
        looks.setdefault((protocol.dataset, selection), []).append(protocol)
    return [(sharing[0], sharing) for sharing in looks.values()]


def _pictures(registry: Registry, chosen: ChosenDetector, dataset: str, places: Mapping[str, Path]) -> LabelledSet:
    """Return the pictures of a dataset, labelled in the model's words."""
    if dataset not in registry.datasets:
        raise UsageError(f"there is no dataset `{dataset}`", fix="mend the protocol")
    whole = labelled_set(registry.datasets[dataset].value, registry.root, places)
    try:
        return whole.for_labels(chosen.labels)
    except ValueError as error:
        message = f"{dataset} does not fit {chosen.subject.name}: {error}"
        raise UsageError(message, fix="choose another protocol") from None


def _seen(
    runnable: Runnable, setting: Setting, whole: Sequence[LabelledPicture], *, limit: int | None, keep: Path | None
) -> tuple[list[Sighting], RunEnvironment]:
    """Show the first pictures of a set to the model, under a progress bar on a terminal."""
    pictures = whole[:limit]
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    with Detector(runnable, setting) as detector, bar:
        task = bar.add_task("pictures", total=len(pictures))

        def tell(done: int, _total: int) -> None:
            bar.update(task, completed=done)

        environment = detector.environment
        if keep is None:
            return sightings(detector, pictures, tell=tell), environment
        key = run_key(runnable.sha256, runnable.contract, environment, whole)
        with Kept(keep, key) as kept:
            return sightings(detector, pictures, tell=tell, kept=kept), environment
