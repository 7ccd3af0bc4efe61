"""What publishers say of the network itself: its arithmetic and size, and how it was trained."""

from zoo_tools.domain.groups import Complexity, Training
from zoo_tools.site.escape import Html, el, join, link
from zoo_tools.site.pages.card.figures import figure_row
from zoo_tools.site.pages.card.sources import NOT_STATED, TAIL, Shared, narrowed, shared_by, tail, without_empty
from zoo_tools.site.pages.card.subject import FigureGroup, Subject
from zoo_tools.site.tables import Column, Row, table
from zoo_tools.site.values import cell, common_marks

_COUNTED = {"gflops": ("Arithmetic", "GFLOP"), "mparams": ("Parameters", "million")}


def counted(subject: Subject) -> Html | None:
    """Return the arithmetic and parameters a publisher counts, as printed, a row for each file."""
    by_file: dict[str, list[FigureGroup]] = {}
    for g in subject.groups:
        if isinstance(g.group, Complexity):
            by_file.setdefault(g.group.artifact, []).append(g)
    if not by_file:
        return None
    columns = [
        Column("File"),
        *(Column(heading, numeric=True, unit=unit, missing=NOT_STATED) for heading, unit in _COUNTED.values()),
        *TAIL,
    ]
    shared = shared_by(g for groups in by_file.values() for g in groups)
    rows = [_counted(subject, groups, shared) for groups in by_file.values()]
    return _table("Size of the network, as its publisher counts it", columns, rows, shared)


def _table(title: str, columns: list[Column], rows: list[Row], shared: Shared) -> Html:
    kept, shown = without_empty(columns, rows)
    return table(title, kept, [narrowed(row, shown) for row in rows], note=shared.said())


def _counted(subject: Subject, groups: list[FigureGroup], shared: Shared) -> Row:
    """Return what is counted of a file as a row, though each number may stand in a line of its own."""
    first, *others = groups
    common = common_marks([marked for g in groups for marked in g.figures])
    anchors = join(*(el("span", id=g.anchor) for g in others))
    cells = []
    for quantity in _COUNTED:
        found = [
            cell(g.figure(quantity), common=common, within="row" if g is first else "variant")
            for g in groups
            if g.figure(quantity) is not None
        ]
        cells.append(join(*found, by=" / ") if found else None)
    name = join(anchors, first.group.artifact)
    return Row([name, *cells, *tail(subject, groups, common, shared)], id=first.anchor)


def trained(subject: Subject) -> Html | None:
    """Return how the weights were trained."""
    groups = [g for g in subject.groups if isinstance(g.group, Training)]
    if not groups:
        return None
    shared = shared_by(groups)
    columns = [
        Column("File"),
        Column("Schedule", missing=NOT_STATED),
        Column("Epochs", numeric=True, missing=NOT_STATED),
        Column("Began with", missing=NOT_STATED),
        Column("Memory of each GPU", numeric=True, unit="GB", missing=NOT_STATED),
        Column("Files", missing=NOT_STATED),
        *TAIL,
    ]
    rows = [_training(subject, g, g.group, shared) for g in groups if isinstance(g.group, Training)]
    return _table("Training", columns, rows, shared)


def _training(subject: Subject, g: FigureGroup, training: Training, shared: Shared) -> Row:
    row = figure_row(subject, g, ["memory_gb"], shared=shared)
    name, memory, *rest = row.cells
    began = "random weights" if training.from_scratch else training.style
    epochs = str(training.epochs) if training.epochs is not None else None
    links = [(training.config, "configuration"), (training.log, "log")]
    files = join(*(link(url, label) for url, label in links if url is not None), by=", ")
    return Row([name, training.schedule, epochs, began, memory, files or None, *rest], id=row.id)
