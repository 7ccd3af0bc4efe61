"""`zoo_tools predict`: what a model sees in pictures, as a table, as JSON, or drawn into them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from zoo_tools.cli.detecting import choose_detector, engine_option
from zoo_tools.cli.options import make_fetcher, open_registry, registry_option, source_options
from zoo_tools.domain.settings import EngineName
from zoo_tools.errors import UsageError
from zoo_tools.evaluation.datasets.pictures import ENDINGS, in_folder
from zoo_tools.evaluation.running import PICTURES
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.detector import Detector
from zoo_tools.inference.drawing import drawn
from zoo_tools.inference.image import read_image

DRAWN_BY = "zoo_tools predict"
"""What a PNG written here says it was written by."""


@click.command("predict")
@click.argument("subject")
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Draw the boxes: a .png, or a folder for several."
)
@click.option("--score", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Lowest score shown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line a picture, with all detections.")
@engine_option
@source_options
@registry_option
def command(
    subject: str,
    images: tuple[Path, ...],
    *,
    output: Path | None,
    score: float,
    as_json: bool,
    engine: EngineName | None,
    delegate: str,
    mirrors: tuple[str, ...],
    offline: bool,
    allow_hosts: tuple[str, ...],
    registry_folder: Path | None,
) -> None:
    """Show what SUBJECT (model/variant/artifact) detects in IMAGES: pictures, or folders of them.

    The model is fetched and verified, run in a process of its own, and read by the contract in its manifest.
    """
    registry = open_registry(registry_folder)
    fetcher = make_fetcher(registry, mirrors, offline=offline, allow_hosts=allow_hosts, progress=None)
    files = list(_pictures(images))
    targets = _targets(files, output)
    chosen = choose_detector(registry, subject, fetcher, engine=engine, delegate=delegate)
    errors, console = Console(stderr=True), Console()
    bar = Progress(console=errors, transient=True, disable=not errors.is_terminal)
    with Detector(chosen.runnable, chosen.setting) as detector, bar as progress:
        by = f"{chosen.subject.name} by {detector.environment}"
        errors.print(by, highlight=False, markup=False, soft_wrap=True)
        task = progress.add_task("pictures", total=len(files), visible=len(files) > 1)
        for file, target in zip(files, targets, strict=True):
            picture = read_image(file, formats=PICTURES)
            found = detector.detections(picture)
            if as_json:
                click.echo(json.dumps({"picture": file.as_posix(), "detections": _rows(found, chosen.labels)}))
            else:
                _show(console, file, found, labels=chosen.labels, least=score)
            if target is not None:
                _write(target, drawn(picture, found, chosen.labels, least=score))
            progress.advance(task)
    if output is not None:
        errors.print(f"drawn into {output}", highlight=False, markup=False, soft_wrap=True)


def _pictures(images: Sequence[Path]) -> Iterator[Path]:
    for path in images:
        if path.is_file():
            yield path
            continue
        inside = in_folder(path)
        if not inside:
            raise UsageError(f"the folder {path} holds no picture ({', '.join(ENDINGS)})", fix="name another folder")
        yield from inside


def _targets(files: Sequence[Path], output: Path | None) -> list[Path | None]:
    """Return where each drawing goes; in a folder nothing is written over but earlier drawings.

    Raises:
        UsageError: the place does not fit the pictures, or holds something else.
    """
    if output is None:
        return [None] * len(files)
    if output.suffix.lower() in (".png", ".bmp"):
        if len(files) > 1:
            raise UsageError(f"{output} is one file, and there are {len(files)} pictures", fix="name a folder with -o")
        if output.resolve() == files[0].resolve():
            raise UsageError(f"{output} is the picture itself", fix="name another file with -o")
        output.parent.mkdir(parents=True, exist_ok=True)
        return [output]
    if output.suffix and not output.is_dir():
        raise UsageError(f"drawings are PNG or BMP, not {output.suffix}", fix=f"write -o {output.with_suffix('.png')}")
    output.mkdir(parents=True, exist_ok=True)
    names = [f"{file.stem}.png" for file in files]
    if len(set(names)) < len(names):
        names = [f"{i:04}_{name}" for i, name in enumerate(names)]
    targets = [output / name for name in names]
    foreign = next((target for target in targets if target.exists() and not _is_drawing(target)), None)
    if foreign is not None:
        raise UsageError(f"{foreign} is there, and was not drawn by this command", fix="name another folder with -o")
    return [*targets]


def _is_drawing(file: Path) -> bool:
    """Tell whether a file was written by this command, so that it may be written again."""
    try:
        with file.open("rb") as stream:
            return f"Software\0{DRAWN_BY}".encode() in stream.read(200)
    except OSError:
        return False


def _write(target: Path, drawing: NDArray[np.uint8]) -> None:
    mark = PngInfo()
    mark.add_text("Software", DRAWN_BY)
    try:
        Image.fromarray(drawing).save(target, pnginfo=mark)  # other formats leave the mark out
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}", fix="name another place") from None


def _rows(found: Detections, labels: Sequence[str]) -> list[dict[str, object]]:
    return [
        {"label": _label(labels, int(class_id)), "class_id": int(class_id), "score": float(score), "box": box.tolist()}
        for box, score, class_id in zip(found.boxes, found.scores, found.class_ids, strict=True)
    ]


def _show(console: Console, file: Path, found: Detections, *, labels: Sequence[str], least: float) -> None:
    shown = [row for row in range(len(found)) if found.scores[row] >= least]
    below = len(found) - len(shown)
    title = f"{file.name}: {len(shown)} of a score of {least:g} or more" + (f", {below} below" if below else "")
    console.print(title, highlight=False, markup=False)
    if not shown:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("label")
    for heading in ("score", "x1", "y1", "x2", "y2"):
        table.add_column(heading, justify="right")
    for row in shown:
        corners = (f"{corner:.1f}" for corner in found.boxes[row])
        table.add_row(_label(labels, int(found.class_ids[row])), f"{found.scores[row]:.3f}", *corners)
    console.print(table)


def _label(labels: Sequence[str], class_id: int) -> str:
    return labels[class_id] if 0 <= class_id < len(labels) else f"class {class_id}"
