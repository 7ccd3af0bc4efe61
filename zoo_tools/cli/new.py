"""`zoo_tools new`: a manifest draft from model files, or the draft of a picture's file."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import get_args

import click
from pydantic import TypeAdapter, ValidationError

from zoo_tools.cli.options import open_registry, registry_option
from zoo_tools.domain.manifest import Format
from zoo_tools.domain.scalars import FileName, Id
from zoo_tools.errors import BrokenFileError, UsageError
from zoo_tools.exchange.model_draft import HeldFile, ModelFile, model_draft
from zoo_tools.exchange.picture_draft import PICTURES, picture_draft
from zoo_tools.modelfile.kind import sniff
from zoo_tools.modelfile.read import KINDS, read_model
from zoo_tools.registry.load import Registry, shown_name
from zoo_tools.registry.source import parse_source
from zoo_tools.registry.unwritten import unwritten_in

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_BLOCK = 1 << 20
LARGE = 20 << 20
"""Bytes from which a file is better published elsewhere than kept in a repository."""


@click.command("new")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--id", "id_", required=True, help="Id of the model family (or picture): the name of its folder.")
@click.option("--title", help="Name of the family, as people call it.")
@click.option(
    "--no-copy", is_flag=True, help="Leave the files where they are: they are published, and the draft asks for urls."
)
@click.option(
    "--companion", "companions", multiple=True, type=_FILE, metavar="FILE",
    help="A file that the one FILE is nothing without; the .bin beside an OpenVINO .xml is found.",
)  # fmt: skip
@registry_option
def command(
    files: tuple[Path, ...],
    *,
    id_: str,
    title: str | None,
    no_copy: bool,
    companions: tuple[Path, ...],
    registry_folder: Path | None,
) -> None:
    """Write the draft of a manifest from model FILEs: what they prove is filled in, the rest is an explicit `todo`.

    Files of one input size become artifacts of one variant. They are read, not run, and copied into the model's folder.
    A picture (.png, .bmp) as the only FILE becomes the draft of a picture that golden cases can be recorded on. Nothing
    is overwritten.
    """
    registry = open_registry(registry_folder)
    name = _id(id_)
    if len(files) == 1 and files[0].suffix.lower() in PICTURES:
        _picture(registry, name, files[0], title)
        return
    if companions and len(files) > 1:
        raise UsageError("`--companion` belongs to one FILE, and there are several", fix="make a draft of each")
    folder = _free(registry.root / "models", name, is_file=False)
    read = [_read(path, companions, is_copied=not no_copy) for path in files]
    copies = [pair for file, path in zip(read, files, strict=True) for pair in _copies(file, path, companions)]
    _refuse_same_names(copies)
    text = model_draft(name, title, read, registry, today=date.today())
    with _folder(folder) as draft:
        (draft / "manifest.yaml").write_text(text, encoding="utf-8")
        for source, place in copies if not no_copy else ():
            (draft / place).parent.mkdir(exist_ok=True)
            shutil.copyfile(source, draft / place)
    _tell(folder / "manifest.yaml", text, f"zoo_tools validate {name} --level static")
    for file in read:
        if file.path is not None and file.size > LARGE:
            click.echo(f"  note: {file.name} has {file.size >> 20} MiB; --no-copy keeps it out of the repository")


def _id(given: str) -> str:
    try:
        return TypeAdapter(Id).validate_python(given)
    except ValidationError as error:
        message, _, fix = str(error.errors()[0].get("ctx", {}).get("sentence", "it is no id")).partition("; ")
        raise UsageError(message, fix=fix or "write another one") from None


def _free(folder: Path, name: str, *, is_file: bool) -> Path:
    """Return where a new thing is put; what is there already is never touched, whatever its letters' case."""
    taken = {path.stem.casefold() if is_file else path.name.casefold() for path in folder.glob("*")}
    path = folder / (f"{name}.yaml" if is_file else name)
    if name.casefold() in taken:
        raise UsageError(f"{shown_name(path)} is there already", fix="choose another --id, or edit what is there")
    return path


def _read(path: Path, companions: Sequence[Path], *, is_copied: bool) -> ModelFile:
    kind = sniff(path)
    format_ = next((one for one in get_args(Format) if kind in KINDS[one]), None)
    if format_ is None:
        raise UsageError(f"{path} is {kind.sentence}", fix=f"name model files: {', '.join(KINDS)}")
    beside = path.with_suffix(".bin")
    with_it = list(companions) or ([beside] if format_ == "openvino-ir" and beside.is_file() else [])
    facts = read_model(path, format_, companions={one.name: one for one in with_it})
    held = tuple(HeldFile(_file_name(one), *_tally(one)) for one in with_it)
    place = f"files/{_portable(path.name)}" if is_copied else None
    return ModelFile(_file_name(path), place, *_tally(path), format_, facts, held)


def _tally(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def _file_name(path: Path) -> str:
    try:
        return TypeAdapter(FileName).validate_python(path.name)
    except ValidationError:
        message = f"{path.name!r} is not a portable file name"
        raise UsageError(message, fix="rename it: letters, digits, . _ % -, at most 128") from None


def _portable(name: str) -> str:
    """Return a file's name in the letters that names inside the registry have."""
    return re.sub(r"[^a-z0-9._-]", "_", name.casefold())[-64:].lstrip("._-") or "model"


def _copies(file: ModelFile, path: Path, companions: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield what is copied, and to which place in the model's folder; a companion keeps the name it is known by."""
    yield path, file.path or ""
    for one in file.companions:
        source = next((given for given in companions if given.name == one.name), path.with_name(one.name))
        yield source, f"files/{one.name}"


def _refuse_same_names(copies: Sequence[tuple[Path, str]]) -> None:
    places = [place.casefold() for _, place in copies]
    for (source, place), folded in zip(copies, places, strict=True):
        if place and places.count(folded) > 1:
            raise UsageError(f"{source} and another file would both be {place}", fix="rename one of them")


@contextmanager
def _folder(folder: Path) -> Iterator[Path]:
    """Make a folder that appears whole or not at all."""
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as made:
        draft = Path(made) / folder.name
        draft.mkdir()
        yield draft
        try:
            draft.rename(folder)
        except OSError as error:
            raise UsageError(f"{shown_name(folder)} cannot be made: {error.strerror}", fix="look there") from None


def _picture(registry: Registry, name: str, path: Path, title: str | None) -> None:
    place = f"images/{name}/{_portable(path.name)}"
    target = _free(registry.root / "images", name, is_file=True)
    sha256, size = _tally(path)
    text = picture_draft(name, title, path, place=place, sha256=sha256, size=size)
    with _folder(target.with_suffix("")) as folder:
        shutil.copyfile(path, folder / Path(place).name)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{shown_name(target)} is there already", fix="choose another --id") from None
    _tell(target, text, "zoo_tools validate --level static")


def _tell(path: Path, text: str, command: str) -> None:
    source, problems = parse_source(text.encode("utf-8"), shown_name(path))
    if source is None or problems:
        raise BrokenFileError(f"{shown_name(path)} cannot be read back: {problems[0].message}", fix=problems[0].fix)
    left = len(list(unwritten_in(source.plain())))
    click.echo(f"wrote {shown_name(path)}; {left} values are still `todo`")
    click.echo(f"  → `{command}` names each, with what to write")
