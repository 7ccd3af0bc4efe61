"""Checkpoints for tests, as PyTorch writes them, in both containers."""

import io
import zipfile
from collections.abc import Mapping

from tests.conftest import oracle

torch = oracle("torch")

CONTAINERS = ("archive", "legacy")


def saved(value: object, container: str, **options: object) -> bytes:
    """Return what `torch.save` writes."""
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=container == "archive", **options)
    return file.getvalue()


def small() -> dict[str, object]:
    """Return a state dict with a layer, its normalisation and two names for one tensor."""
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, bias=False), torch.nn.BatchNorm2d(4))
    state: dict[str, object] = layers.state_dict()
    return {**state, "again.weight": state["0.weight"]}


def rezipped(data: bytes, changes: Mapping[str, bytes | None] | None = None, *, method: int = 0) -> bytes:
    """Return an archive of `torch.save` written anew by Python's zipfile.

    Args:
        data: the archive.
        changes: new content by the last part of an entry's name, such as `data.pkl`; None leaves it out.
        method: of compression, such as `zipfile.ZIP_DEFLATED`; by default there is none.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", method) as new:
        for name in old.namelist():
            content = (changes or {}).get(name.rpartition("/")[2], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target.getvalue()
