"""Where the pictures of a dataset are on this machine, and whether they are the very files the registry names."""

import difflib
import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from zoo_tools.domain.references import Contents, Dataset, HeldFile
from zoo_tools.errors import UnavailableError, UsageError, WrongBytesError
from zoo_tools.evaluation.datasets import READERS, read_dataset
from zoo_tools.evaluation.labelled import LabelledSet

Places = Mapping[str, Path]
"""Path of a data set by the id of its dataset, as a user gives them."""


def places_of(words: Sequence[str], known: Collection[str]) -> dict[str, Path]:
    """Read what a user wrote as `--data NAME=PATH`.

    Args:
        words: as written.
        known: ids of the registry's datasets.

    Raises:
        UsageError: a word is not of that form, names a dataset twice, or one that the registry does not describe.
    """
    places: dict[str, Path] = {}
    for word in words:
        name, sign, path = word.partition("=")
        if not (name and sign and path):
            raise UsageError(f"`--data {word}` is not NAME=PATH", fix="write the id of a dataset, =, and its path")
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            fix = f"write `{nearest[0]}`" if nearest else f"choose one of: {', '.join(sorted(known)) or 'none'}"
            raise UsageError(f"there is no dataset `{name}`", fix=fix)
        if name in places:
            raise UsageError(f"`--data` names {name} twice", fix="name each dataset once")
        places[name] = Path(path)
    return places


def is_at_hand(dataset: Dataset, places: Places) -> bool:
    """Tell whether anybody said where the pictures of a dataset are: a user, or the registry that holds them."""
    return dataset.id in places or (dataset.contents is not None and dataset.contents.folder is not None)


def labelled_set(dataset: Dataset, registry_root: Path, places: Places) -> LabelledSet:
    """Return the labelled pictures of a dataset.

    Args:
        dataset: what is asked for; with `contents`, every file has to have its sha256.
        registry_root: the registry's folder, which holds small sets itself.
        places: where a user has others.

    Raises:
        UnavailableError: nobody said where it is.
        WrongBytesError: a file is not the one that the registry names.
        BrokenFileError: an annotation is damaged, or a picture is missing.
    """
    place, contents = places.get(dataset.id), dataset.contents
    if contents is None:
        if place is None:
            raise _nowhere(dataset)
        return read_dataset(place)
    folder = place if place is not None else _held_folder(contents, registry_root)
    if folder is None:
        raise _nowhere(dataset)
    root = folder if folder.is_dir() else folder.parent
    for held in (contents.annotations, *contents.pictures):
        _verify(root, held, dataset)
    return READERS[contents.format](root / contents.annotations.name)


def _held_folder(contents: Contents, registry_root: Path) -> Path | None:
    return None if contents.folder is None else registry_root / contents.folder


def _nowhere(dataset: Dataset) -> UnavailableError:
    return UnavailableError(
        f"the pictures of {dataset.id} are not here", fix=f"say where they are: --data {dataset.id}=PATH"
    )


def _verify(root: Path, held: HeldFile, dataset: Dataset) -> None:
    file = root / held.name
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnavailableError(
            f"{held.name} of {dataset.id} cannot be read: {error.strerror}", fix="check the path of the data set"
        ) from error
    if found != held.sha256:
        raise WrongBytesError(
            f"{held.name} of {dataset.id} has sha256 {found[:12]}…; it should be {held.sha256[:12]}…",
            fix="get the file again: AP on other pictures is another figure",
        )
