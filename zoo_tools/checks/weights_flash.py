"""The flash a card claims for weights is what the file holds.

Why: a footprint row pasted from another file is the commonest error in published tables, and this figure can be
proven from the bytes: a microcontroller tool stores the constants, as the file has them or, in other versions, with
int8 anchor constants turned into float32 (the tool's registry file says which, and how that is known).
A neural accelerator's compiler may pad, so there the figure only has to be at least that large.
How to fix: run the target's tool on this very file and copy its weights figure.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from zoo_tools.checks.base import Check, Level, Skip
from zoo_tools.checks.context import Context, footprints
from zoo_tools.checks.subjects import GroupSubject
from zoo_tools.domain.findings import Finding
from zoo_tools.domain.manifest import Footprint
from zoo_tools.domain.scalars import half_unit

_BYTES = {"KiB": 1024, "MiB": 1024 * 1024}


def run(subject: GroupSubject, context: Context) -> Iterator[Finding]:
    """Compare published weights flash with the constants in the file."""
    footprint = subject.footprint
    published = footprint.flash.weights
    if published is None:
        raise Skip("no weights flash is stated")
    facts = context.facts_of_group(subject)
    unit = _BYTES[footprint.unit]
    at = subject.at("flash", "weights")
    if facts.constant_bytes_stored is None or facts.constant_bytes_folded is None:
        raise Skip(f"{facts.format} files do not tell which constants a deployment keeps")
    if _series_kind(footprint.target, context) != "mcu":
        least = Fraction(facts.constant_bytes_folded, unit)
        if Fraction(published + half_unit(published)) < least:
            alone = _printed_like(published, least)
            message = f"weights flash is {published} {footprint.unit}, the file's constants alone take {alone}"
            yield CHECK.error(subject, message, fix="compile this very file again", at=at)
        return
    count = facts.constant_bytes_folded if _is_folded(footprint, context) else facts.constant_bytes_stored
    held = Fraction(count, unit)
    if abs(Fraction(published) - held) > Fraction(half_unit(published)):
        shown = _printed_like(published, held)
        message = f"weights flash is {published} {footprint.unit}, the file holds {shown} {footprint.unit}"
        yield CHECK.error(subject, message, fix="run the tool on this very file again", at=at)


def _series_kind(id_: str, context: Context) -> str:
    if id_ not in context.registry.series:
        raise Skip(f"the series `{id_}` is not described: see references-resolve")
    return context.registry.series[id_].value.kind


def _printed_like(published: Decimal, value: Fraction) -> str:
    """Return a value with the decimals of a published figure, two at least."""
    exponent = published.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    return f"{float(value):.{min(max(2, decimals), 20)}f}"


def _is_folded(footprint: Footprint, context: Context) -> bool:
    for ref in footprint.tools:
        tool = context.registry.tools.get(ref.id)
        for version in tool.value.versions if tool else []:
            if version.version == ref.version and version.weights_flash is not None:
                return version.weights_flash == "float-anchors"
    raise Skip(f"how {footprint.tools[0]} counts weights is not known")


CHECK = Check("weights-flash", Level.FILES, footprints, run)
