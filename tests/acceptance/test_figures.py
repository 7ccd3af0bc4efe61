"""Whatever digit of whatever published figure is changed, validate fails and points at it."""

import pytest

from tests.acceptance.real_zoo import DIGITS, RealZoo, original
from zoo_tools.domain.evidence import Published
from zoo_tools.domain.figures import Figure, figures_of
from zoo_tools.domain.manifest import Footprint

EVIDENCE = original().value.evidence
# What was measured here has no document to be compared with: level accuracy measures it again.
FIGURES = {
    figure.address: figure
    for figure in figures_of(original().value)
    if isinstance(EVIDENCE[figure.group.evidence], Published)
}


def digits(address: str) -> int:
    return sum(letter in DIGITS for letter in str(FIGURES[address].value))


WITH_DIGITS = [address for address, figure in FIGURES.items() if figure.value != "NA"]
NOT_APPLICABLE = [address for address, figure in FIGURES.items() if figure.value == "NA"]


@pytest.mark.parametrize("address", WITH_DIGITS)
def test_one_digit_of_a_figure(real_registry: RealZoo, address: str) -> None:
    # Which digit differs from figure to figure; all of them are tried below.
    place = real_registry.next_digit(address, digit=len(address) % digits(address))
    called = real_registry.validate(level="static")
    assert called.code == 1
    assert place in {error.location for error in called.report.errors}


@pytest.mark.parametrize("address", NOT_APPLICABLE)
def test_a_zero_for_not_applicable(real_registry: RealZoo, address: str) -> None:
    place = real_registry.set(address, "0")
    called = real_registry.validate(level="static")
    assert called.code == 1
    assert place in {error.location for error in called.report.errors}


@pytest.mark.parametrize("digit", range(max(map(digits, WITH_DIGITS))))
def test_the_same_digit_of_every_figure_at_once(real_registry: RealZoo, digit: int) -> None:
    places = {
        address: real_registry.next_digit(address, digit=digit) for address in WITH_DIGITS if digits(address) > digit
    }
    assert places
    called = real_registry.validate(level="static")
    said = {error.location for error in called.report.errors}
    assert {address for address, place in places.items() if place not in said} == set()


def test_a_digit_lost_at_the_end(real_registry: RealZoo) -> None:
    figure = FIGURES["variants[025_192].accuracy[int8,st-ap40-coco-person].ap"]
    assert str(figure.value) == "35.80"
    place = real_registry.set(figure.address, "35.8")
    assert [error.location for error in real_registry.validate(level="static").report.errors] == [place]


TOTALS = [address for address, figure in FIGURES.items() if figure.quantity in ("ram.total", "flash.total")]


@pytest.mark.parametrize("address", TOTALS)
def test_a_total_is_found_wrong_by_its_sum_too(real_registry: RealZoo, address: str) -> None:
    place = real_registry.next_digit(address, digit=0)
    checks = {error.check for error in real_registry.validate(level="static").report.errors if error.location == place}
    assert checks >= {"as-published", f"{FIGURES[address].quantity.replace('.', '-')}"}


def is_proven(figure: Figure) -> bool:
    footprint = figure.group
    return (
        isinstance(footprint, Footprint)
        and figure.quantity == "flash.weights"
        and figure.artifact is not None
        and figure.artifact.sha256 is not None
    )


PROVEN = [address for address, figure in FIGURES.items() if is_proven(figure)]


def test_three_figures_are_proven_by_a_file() -> None:
    assert len(PROVEN) == 3


@pytest.mark.parametrize("address", PROVEN)
def test_the_weights_flash_is_found_wrong_by_the_file(real: RealZoo, address: str) -> None:
    place = real.next_digit(address)
    errors = real.validate(level="files").report.errors
    assert {"as-published", "weights-flash"} <= {error.check for error in errors if error.location == place}
