"""A detector over a labelled set, picture by picture; what was found can be kept in a file and taken up again.

The file is JSON lines: what was run, then a line for each picture. A run that was broken off goes on behind its last
whole line; a file of another model, contract, setting or set is refused.
"""

import hashlib
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

import numpy as np

from zoo_tools.domain.decoding import Contract, Select
from zoo_tools.domain.golden import RunEnvironment
from zoo_tools.domain.references import Protocol, Unknown
from zoo_tools.errors import UsageError
from zoo_tools.evaluation.labelled import LabelledPicture, Sighting, sighting
from zoo_tools.inference.detections import Detections
from zoo_tools.inference.detector import Detector
from zoo_tools.inference.image import ImageFormat, read_image
from zoo_tools.inference.pipeline import Prepared

PICTURES: frozenset[ImageFormat] = frozenset({"png", "bmp", "jpeg"})
"""Formats of labelled pictures; JPEG decoders differ by a few levels, which moves AP by hundredths."""

Tell = Callable[[int, int], None]


def contract_for(contract: Contract, protocol: Protocol) -> Contract:
    """Return the contract with the suppression that a protocol states: score threshold and IoU.

    No fewer boxes are kept than the protocol counts. The limit itself is the evaluator's: COCO's is for each class.
    """
    rule = contract.select
    if not isinstance(rule, Select):
        return contract
    stated = {"score": protocol.score_threshold, "iou": protocol.nms_iou}
    known: dict[str, object] = {name: value for name, value in stated.items() if not isinstance(value, Unknown)}
    if not isinstance(protocol.max_detections, Unknown):
        known["max_detections"] = max(rule.max_detections, protocol.max_detections)
    return contract.model_copy(update={"select": rule.model_copy(update=known)})


def sightings(
    detector: Detector, pictures: Sequence[LabelledPicture], *, tell: Tell | None = None, kept: "Kept | None" = None
) -> list[Sighting]:
    """Show every picture to a detector.

    Args:
        detector: open.
        pictures: labelled ones.
        tell: called with the number done and the number of all.
        kept: what an earlier run found; it is added to.

    Raises:
        BrokenFileError: a picture is damaged.
        ModelRunError: the model fails.
    """
    seen = []
    # Not `if kept`: without a line yet it has no length.
    earlier = [None if kept is None else kept.get(picture.name) for picture in pictures]
    new = [picture.file for picture, found in zip(pictures, earlier, strict=True) if found is None]
    with closing(_prepared(detector, new)) as prepared:
        for picture, found in zip(pictures, earlier, strict=True):
            if found is None:
                found = detector.run(next(prepared))  # noqa: PLW2901  (what was found earlier, or now)
                if kept is not None:
                    kept.add(picture.name, found)
            seen.append(sighting(picture, found))
            if tell:
                tell(len(seen), len(pictures))
    return seen


def _prepared(detector: Detector, files: Sequence[Path]) -> Generator[Prepared]:
    """Yield input tensors in order, each made while the one before is run; a damaged picture is told of at its turn."""

    def prepare(file: Path) -> Prepared:
        return detector.prepared(read_image(file, formats=PICTURES))

    with ThreadPoolExecutor(1, thread_name_prefix="next picture") as reader:
        coming: Future[Prepared] | None = None
        for file in files:
            ready, coming = coming, reader.submit(prepare, file)
            if ready is not None:
                yield ready.result()
        if coming is not None:
            yield coming.result()


def run_key(sha256: str, contract: Contract, environment: RunEnvironment, pictures: Sequence[LabelledPicture]) -> str:
    """Return a digest of all that decides what is found: bytes, contract, environment, names and sizes of pictures."""
    parts = [sha256, contract.model_dump_json(exclude={"documented"}), str(environment)]
    parts += [f"{picture.name} {picture.size} {picture.file.stat().st_size}" for picture in pictures]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Kept:
    """Detections in a file, used in a `with` statement.

    Args:
        path: the file; it is made where it is not there.
        key: what was run, see `run_key`.

    Raises:
        UsageError: the file holds something else.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._found: dict[str, Detections] = {}
        head = json.dumps({"format": 1, "key": key})
        whole = 0
        try:
            if path.exists() and path.stat().st_size:
                whole = self._read(path, head)
            self._file: IO[bytes] = path.open("r+b" if path.exists() else "w+b")
        except OSError as error:
            fix = "name another file"
            raise UsageError(f"detections cannot be kept in {path}: {error.strerror}", fix=fix) from None
        # What follows the last whole line was being written when the run was broken off.
        self._file.truncate(whole)
        self._file.seek(whole)
        if not whole:
            self._file.write(head.encode() + b"\n")

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, name: str) -> Detections | None:
        """Return what was found in a picture, if it was looked at."""
        return self._found.get(name)

    def add(self, name: str, found: Detections) -> None:
        """Keep what was found in a picture."""
        rows = {"boxes": found.boxes.tolist(), "scores": found.scores.tolist(), "class_ids": found.class_ids.tolist()}
        self._file.write(json.dumps({"picture": name, **rows}).encode() + b"\n")
        self._file.flush()
        self._found[name] = found

    def _read(self, path: Path, head: str) -> int:
        """Read the whole lines of a file and return where they end."""
        end = 0
        wanted = head.encode() + b"\n"
        with path.open("rb") as file:
            first = file.read(len(wanted))
        # A shorter beginning of the head was being written when the run was broken off; all else is somebody's file.
        if not wanted.startswith(first):
            raise UsageError(
                f"{path} holds something else, or a run of another model, contract, engine or set",
                fix="name another file, or remove it",
            )
        for i, line in enumerate(_whole_lines(path)):
            if i:
                with suppress(ValueError, KeyError, TypeError):
                    self._take(json.loads(line))
            end += len(line)
        return end

    def _take(self, row: dict[str, object]) -> None:
        self._found[str(row["picture"])] = Detections(
            np.array(row["boxes"], np.float32).reshape(-1, 4),
            np.array(row["scores"], np.float32),
            np.array(row["class_ids"], np.int64),
        )


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from (line for line in file if line.endswith(b"\n"))
