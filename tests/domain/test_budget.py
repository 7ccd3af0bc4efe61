"""What fits: sums by hand, both readings of rounded digits, lower bounds that prove nothing, and order in all of it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_tools.domain.budget import RULES, SPARE, Fit, Verdict, judge, percent, worst
from zoo_tools.domain.groups import Footprint
from zoo_tools.domain.references import Board
from zoo_tools.domain.room import budget_of

SOURCE = "https://example.com/manual"
Parts = dict[str, str]


def memory(size: str, place: str | None = "chip", unit: str = "KiB", **more: object) -> dict[str, object]:
    return {"size": size, "unit": unit, "kind": "SRAM", "place": place, "source": f"{SOURCE}#{size}", **more}


def board(ram: list[dict[str, object]], flash: list[dict[str, object]]) -> Board:
    stated: dict[str, Any] = {"id": "disco", "title": "DISCO", "series": "m7", "chip": "M7", "url": SOURCE}
    return Board(**stated, ram=ram, flash=flash)


DISCO = board(
    [memory("864"), memory("128"), memory("64", holds_data="false"), memory("32", "board", "MiB")],
    [memory("2", unit="MiB"), memory("128", "board", "MiB")],
)
KIT = board([memory("4.2", unit="MiB"), memory("32", "board", "MiB")], [memory("128", "board", "MiB")])


def footprint(ram: Parts, flash: Parts, *, target: str = "m7", unit: str = "KiB") -> Footprint:
    stated: dict[str, Any] = {"artifact": "int8", "evidence": "card", "tools": ["maker 1.0.0"]}
    return Footprint(**stated, target=target, unit=unit, ram=ram, flash=flash)


def total(ram: str, flash: str = "100", at: Board = DISCO, unit: str = "KiB") -> Verdict:
    return judge(footprint({"total": ram}, {"total": flash}, unit=unit), at)


def test_memory_of_one_place_is_added_up_without_that_for_instructions() -> None:
    ram = budget_of(DISCO, "ram")
    assert ram.chip.size == (864 + 128) * 1024
    assert ram.whole.size == (864 + 128 + 32 * 1024) * 1024
    assert total("591.46").ram.sources == (f"{SOURCE}#864", f"{SOURCE}#128", f"{SOURCE}#32")


def test_a_real_card_fits_by_the_sum_of_its_sheet() -> None:
    """STM32H747I-DISCO, 192 pixels: 591.46 of 992 KiB leaves 40 %, 1291.45 of 2048 KiB leaves 36 %."""
    verdict = total("591.46", "1291.45")
    assert verdict.fit is Fit.FITS
    assert verdict.ram.margin == 1 - Decimal("591.46") / 992
    assert verdict.reason == "RAM lies on the chip with 40 % left; flash lies on the chip with 36 % left."


@pytest.mark.parametrize(
    ("ram", "fit"),
    [
        ("892.79", Fit.FITS),  # 90 % of 992 is 892.8, and 892.79 is at most 892.795
        ("892.80", Fit.TIGHT),  # may be 892.805
        ("992.00", Fit.TIGHT),
        ("33760.00", Fit.TIGHT),  # all there is, chip and board
        ("33760.02", Fit.DOES_NOT_FIT),
    ],
)
def test_the_borders_of_the_rule(ram: str, fit: Fit) -> None:
    assert total(ram).fit is fit


def test_what_needs_the_boards_memory_says_so() -> None:
    verdict = total("1027.12")
    assert verdict.fit is Fit.TIGHT
    assert verdict.ram.reason == "RAM is more than the chip has, and needs memory beside it."
    assert verdict.ram.margin is not None
    assert verdict.ram.margin < 0


def test_the_worse_memory_decides() -> None:
    assert total("100", "2000").fit is Fit.TIGHT
    assert total("100", "134000").fit is Fit.DOES_NOT_FIT
    assert worst(Fit.UNKNOWN, Fit.TIGHT) is Fit.UNKNOWN
    assert worst(Fit.UNKNOWN, Fit.DOES_NOT_FIT) is Fit.DOES_NOT_FIT


def test_nobody_measured_it() -> None:
    assert judge(None, DISCO).fit is Fit.UNKNOWN
    other = judge(footprint({"total": "1"}, {"total": "1"}, target="m4"), DISCO)
    assert other.fit is Fit.UNKNOWN
    assert other.reason == "Nobody measured its memory for m7."


def test_a_board_without_described_memory_is_unknown() -> None:
    verdict = total("1", at=board([], []))
    assert verdict.fit is Fit.UNKNOWN
    assert verdict.ram.size is None
    assert verdict.ram.margin is None


def test_memory_that_nobody_places_can_prove_nothing() -> None:
    unplaced = board([memory("10"), memory("100", None)], [memory("200")])
    assert total("8.00", at=unplaced).ram.fit is Fit.FITS
    assert total("11", at=unplaced).ram.fit is Fit.UNKNOWN


def test_a_lower_bound_never_fits_and_may_prove_that_it_does_not() -> None:
    part = judge(footprint({"activation": "100"}, {"weights": "100"}), DISCO)
    assert (part.ram.fit, part.ram.so_far) == (Fit.UNKNOWN, Fit.FITS)
    assert part.flash.reason == "Flash lies on the chip with 95 % left, without code, which is not counted."
    assert judge(footprint({"activation": "34000"}, {"weights": "100"}), DISCO).ram.fit is Fit.DOES_NOT_FIT


def test_parts_that_are_all_there_are_a_total() -> None:
    verdict = judge(footprint({"activation": "500", "runtime": "91.46"}, {"weights": "1000", "code": "291.45"}), DISCO)
    assert verdict.reason == total("591.46", "1291.45").reason


def test_flash_of_a_chip_without_any_is_judged_by_the_board() -> None:
    verdict = total("100", "1580.53", at=KIT)
    assert verdict.flash.fit is Fit.FITS
    assert verdict.flash.reason == "Flash lies on the board with 98 % left."


@pytest.mark.parametrize(
    ("internal", "external", "fit"),
    [
        ("606.49", "0.0", Fit.FITS),
        ("3824.00", "0.0", Fit.FITS),  # 4.2 may be 4.15, of which 90 % are 3824.64 KiB
        ("3850.00", "0.0", Fit.TIGHT),
        ("4200.00", "0.0", Fit.TIGHT),  # 4.2 MiB are 4300.8 KiB
        ("4320.00", "0.0", Fit.TIGHT),  # 4.2 may be 4.25
        ("4570.03", "0.0", Fit.DOES_NOT_FIT),
        ("2323.25", "2109.38", Fit.TIGHT),
        ("2323.25", "33000", Fit.DOES_NOT_FIT),
    ],
)
def test_npu_flows_say_where_memory_lies(internal: str, external: str, fit: Fit) -> None:
    placed = footprint({"internal": internal, "external": external}, {"total": "100"})
    assert judge(placed, KIT).fit is fit


def test_external_memory_does_not_compete_for_the_chip() -> None:
    placed = footprint({"internal": "2323.25", "external": "2109.38"}, {"total": "1"})
    assert judge(placed, KIT).ram.margin == 1 - Decimal("2323.25") * 1024 / (Decimal("4.2") * 1024**2)


def test_internal_ram_alone_leaves_the_external_open() -> None:
    verdict = judge(footprint({"internal": "606.49"}, {"total": "1"}), KIT)
    assert (verdict.ram.fit, verdict.ram.so_far) == (Fit.UNKNOWN, Fit.FITS)


def test_units_do_not_matter() -> None:
    assert total("0.5", "1", unit="MiB").ram.margin == total("512", "1024").ram.margin


def test_every_verdict_has_its_rule() -> None:
    assert set(RULES) == set(Fit)
    assert f"{SPARE * 100:.0f} %" in RULES[Fit.FITS]


@pytest.mark.parametrize(("share", "said"), [("0.0999", "9 %"), ("-0.159", "-15 %"), ("1", "100 %")])
def test_percent_is_never_rounded_up(share: str, said: str) -> None:
    assert percent(Decimal(share)) == said


SIZES = st.decimals(min_value="0.01", max_value="50000", places=2)


@given(SIZES, SIZES)
def test_more_need_is_never_a_better_fit(one: Decimal, other: Decimal) -> None:
    order = [Fit.FITS, Fit.TIGHT, Fit.DOES_NOT_FIT]
    small, large = sorted([one, other])
    assert order.index(total(str(small)).fit) <= order.index(total(str(large)).fit)


@given(SIZES, SIZES)
def test_a_lower_bound_agrees_with_every_whole_above_it(part: Decimal, rest: Decimal) -> None:
    bound = judge(footprint({"activation": str(part)}, {"total": "1"}), DISCO)
    whole = judge(footprint({"activation": str(part), "runtime": str(rest)}, {"total": "1"}), DISCO)
    assert bound.fit in (Fit.UNKNOWN, whole.fit)
