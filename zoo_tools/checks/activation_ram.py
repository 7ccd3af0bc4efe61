"""The RAM a card claims for activations lies between what is needed at least and what a naive allocator takes.

Why: less than the largest set of tensors alive at once is impossible, more than an arena without reuse is another
file's figure. Only figures of microcontroller tools are judged.
How to fix: run the target's tool on this very file and copy its activations figure.
"""

from collections.abc import Iterator

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, footprints
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.scalars import half_unit


def of_microcontrollers(context: Context) -> Iterator[GroupSubject]:
    """Select the footprints of microcontrollers that state activation RAM."""
    for subject in footprints(context):
        series = context.registry.series.get(subject.footprint.target)
        if subject.footprint.ram.activation is not None and series is not None and series.value.kind == "mcu":
            yield subject


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Compare published activation RAM with the arena floor and the naive arena of the file."""
    footprint = subject.footprint
    published = footprint.ram.activation
    if published is None:
        return
    facts = context.facts_of_group(subject)
    floor, naive = facts.arena_floor_kib(), facts.naive_arena_kib()
    if floor is None or naive is None:
        raise Skip(f"{facts.format} files do not tell which tensors live at the same time")
    factor = 1024 if footprint.unit == "MiB" else 1
    low, high = floor / factor, naive / factor
    if not low - half_unit(published) <= published <= high + half_unit(published):
        bound = f"at least {low}" if published < low else f"at most {high}"
        message = f"activation RAM is {published} {footprint.unit}, this file needs {bound} {footprint.unit}"
        fix = "run the tool on this very file again"
        yield CHECK.error(subject, message, fix=fix, at=subject.at("ram", "activation"))


CHECK = Check("activation-ram", Level.FILES, of_microcontrollers, run)
