"""Whether a checkpoint's tensors are those of a network: every name, every shape, and nothing besides."""

from collections.abc import Iterable, Mapping

from zoo_tools.domain.model_facts import HeldTensor
from zoo_tools.inference.engines import RefusedError
from zoo_tools.inference.tensors import name_text, shape_text

REALS = ("float16", "bfloat16", "float32", "float64")
"""Types whose values float32 takes over; float64 is rounded."""

Forms = Mapping[str, tuple[tuple[int, ...], str]]
"""Shape and type of each tensor of a network, by name."""

_FEW = 3


def check_fit(held: Iterable[HeldTensor], wanted: Forms) -> None:
    """Compare what a checkpoint holds with what its network needs.

    Args:
        held: the tensors of the checkpoint.
        wanted: the tensors of the network.

    Raises:
        RefusedError: they are not the same.
    """
    given = {one.name: (one.shape, "float32" if one.dtype in REALS else one.dtype) for one in held}
    older = next((name for name in given if name.startswith("backbone.extra.")), None)
    if older is not None:
        raise RefusedError(
            f"it has the names of MMDetection before 2.14, such as {name_text(older)}; they should be the later ones "
            "(that project's upgrade_ssd_version.py renames them)"
        )
    absent = [name_text(name) for name in wanted if name not in given]
    foreign = [name_text(name) for name in given if name not in wanted]
    other = [
        f"{name_text(name)} is {_form(given[name])} and should be {_form(form)}"
        for name, form in wanted.items()
        if name in given and given[name] != form
    ]
    said = [
        f"it {what.format(len(names))}: {', '.join(names[:_FEW])}{', …' if len(names) > _FEW else ''}"
        for what, names in (
            (f"lacks {{}} of the network's {len(wanted)} tensors", absent),
            ("has {} that the network does not have", foreign),
            ("has {} of another form", other),
        )
        if names
    ]
    if said:
        raise RefusedError("; ".join(said))


def _form(form: tuple[tuple[int, ...], str]) -> str:
    shape, dtype = form
    return f"{dtype} {shape_text(shape)}"
