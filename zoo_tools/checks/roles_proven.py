"""Every output is what its role says, proven by what it does.

Why: offsets and anchors have the same shape and dtype; only their content tells them apart. Anchors are the same for
every picture, offsets and scores are not; scores are probabilities where the contract says so; confident boxes have
their corners in order. One network is given as two files, with and without the decoding of its boxes in the graph, and
their outputs have the same names and shapes: rows that are all boxes already are no offsets, and rows whose corners are
out of order are no boxes.
How to fix: give each output the role of what it holds; the message says what each does.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo_tools.checks.base import Check, Level
from zoo_tools.checks.box_forms import MOST_INVERTED, box_rows, inverted_part, reach_if_finished
from zoo_tools.checks.context import Context, pinned_artifacts
from zoo_tools.checks.observation import Observation
from zoo_tools.checks.subjects import ArtifactSubject
from zoo_tools.domain.decoding import scores_of
from zoo_tools.domain.findings import Finding, Location
from zoo_tools.domain.manifest import TensorSpec
from zoo_tools.errors import ModelRunError

SUM_TOLERANCE = 0.02
"""How far the classes of an anchor may be from 1 in all: quantised outputs lie on a grid of 1/256."""
CONFIDENT = 0.5
_MAY_STAY = {"anchors", "labels", "count"}


def run(subject: ArtifactSubject, context: Context) -> Iterator[Finding]:
    """Compare the outputs over all pictures and probes."""
    seen = context.observation(subject)
    values = [seen.real(name) for name in seen.pictures]
    misread = False
    for spec, path in subject.tensor_specs:
        if spec.role == "image":
            continue
        arrays = [np.asarray(value[spec.slot], np.float64) for value in values]
        is_constant = all(np.array_equal(arrays[0], array) for array in arrays[1:])
        at = subject.at(*path, "role")
        if spec.role == "anchors" and not is_constant:
            message = f"`{spec.name}` is called anchors, and it changes with the picture; anchors are constant"
            yield CHECK.error(subject, message, fix="give the role anchors to the output that does not change", at=at)
        elif spec.role not in _MAY_STAY and is_constant:
            message = f"`{spec.name}` is called {spec.role}, and it is the same for every picture; {spec.role} are not"
            yield CHECK.error(subject, message, fix=f"give the role {spec.role} to an output that changes", at=at)
        elif spec.role == "scores":
            yield from _scores(subject, arrays, at)
        elif spec.role in ("offsets", "boxes"):
            for message, fix in _form(spec, arrays, subject.variant.resolution):
                misread = True
                yield CHECK.error(subject, message, fix=fix, at=at)
    if not misread:
        yield from _order(subject, seen)


def _form(spec: TensorSpec, arrays: list[NDArray[np.float64]], resolution: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Tell finished boxes that are called offsets, and the reverse: what is, and what to do."""
    rows = [found for array in arrays if (found := box_rows(array)) is not None]
    if not rows:
        return
    if spec.role == "offsets":
        reach = reach_if_finished(rows, resolution)
        if reach is not None:
            yield (
                f"`{spec.name}` is called offsets, and all {len(rows[0])} rows of every picture are boxes decoded "
                f"already: x1 <= x2, y1 <= y2, values from {reach[0]:.2f} to {reach[1]:.2f}; offsets go both ways",
                "write the role boxes and the decode type decoded-boxes, or name the file that does not decode",
            )
    elif (part := inverted_part(rows)) > MOST_INVERTED:
        yield (
            f"`{spec.name}` is called boxes, and {part:.0%} of its rows have x2 < x1 or y2 < y1; "
            "these are offsets, and boxes have their corners in order",
            "write the role offsets and the decoder with its anchors or priors, or name the file that decodes",
        )


def _scores(subject: ArtifactSubject, arrays: list[NDArray[np.float64]], at: Location) -> Iterator[Finding]:
    spec = scores_of(subject.contract.decode)
    activation = "none" if spec is None else spec.activation
    low, high = min(float(array.min()) for array in arrays), max(float(array.max()) for array in arrays)
    in_range = low >= 0 and high <= 1
    where = subject.entry.locate(("contracts", subject.contract_id, "decode", "scores", "activation"))
    if activation == "none" and not in_range:
        range_ = f"{low:.3g} to {high:.3g}"
        message = f"scores are said to need no activation, and range from {range_}; probabilities lie in 0..1"
        yield CHECK.error(subject, message, fix="state the activation: softmax or sigmoid", at=where)
        return
    if activation != "none" and in_range:
        message = (
            f"scores are said to need a {activation}, and they are probabilities already ({low:.3g} to {high:.3g})"
        )
        yield CHECK.error(subject, message, fix="write `activation: none`", at=where)
        return
    if spec is not None and activation == "none" and spec.background != "none" and arrays[0].ndim == 3:
        worst = max(float(np.abs(array.sum(axis=-1) - 1).max()) for array in arrays)
        if worst > SUM_TOLERANCE:
            made = f"classes and background of an anchor are off 1 by {worst:.3g} at worst"
            message = f"{made}; with a background column they make 1"
            yield CHECK.error(subject, message, fix="mend `background` or the role", at=at)


def _order(subject: ArtifactSubject, seen: Observation) -> Iterator[Finding]:
    at = subject.entry.locate(("contracts", subject.contract_id, "decode"))
    for name in seen.sight.pictures:
        try:
            decoded = seen.decoded(name)
        except ModelRunError as error:
            yield CHECK.error(subject, error.message, fix=error.fix or "mend the roles of the outputs", at=at)
            return
        sure = decoded.boxes[decoded.best >= CONFIDENT]
        inverted = int(np.count_nonzero((sure[:, 0] >= sure[:, 2]) | (sure[:, 1] >= sure[:, 3])))
        if inverted:
            message = f"{inverted} of {len(sure)} confident boxes on {name} have their corners out of order"
            yield CHECK.error(subject, message, fix="mend the coder or the order of its values", at=at)


CHECK = Check("roles-proven", Level.RUN, pinned_artifacts, run)
