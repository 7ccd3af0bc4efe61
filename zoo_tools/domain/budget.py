"""What memory a board has, and whether what a footprint asks for lies in it: the one place where "fits" is decided.

Digits are printed rounded, so every size is a range: *fits* holds for every reading of the digits, *does not fit* too,
and what depends on the reading is *tight*. RULES and CAVEATS are the words in which pages state the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from zoo_tools.domain.groups import Footprint
from zoo_tools.domain.references import Board
from zoo_tools.domain.room import NAMES, Budget, Kind, Need, Needs, budget_of, needs_of, total_bytes

SPARE: Final = Decimal("0.1")
"""Share of the memory that has to be left for the program around the network."""


class Fit(StrEnum):
    """Whether a file fits a board, the best first."""

    FITS = "fits"
    TIGHT = "tight"
    UNKNOWN = "unknown"
    DOES_NOT_FIT = "does-not-fit"


FIT_NAMES: Final = {
    Fit.FITS: "fits",
    Fit.TIGHT: "tight",
    Fit.UNKNOWN: "unknown",
    Fit.DOES_NOT_FIT: "does not fit",
}
RULES: Final = {
    Fit.FITS: "RAM and flash lie on the chip, and at least 10 % of each is left for the rest of the program.",
    Fit.TIGHT: "It lies on the chip with less than 10 % left, or needs the memory that the board has beside the chip.",
    Fit.DOES_NOT_FIT: "It asks for more than chip and board have together, or for more in one of them than is there.",
    Fit.UNKNOWN: (
        "Nobody measured it for the series of this chip, a part of it is not counted, or nothing says what memory the "
        "board has."
    ),
}
CAVEATS: Final = (
    "A chip that has no flash, or no RAM, of its own is judged by what its board has.",
    "Where the code or the runtime is not counted, the figures are a lower bound: they can prove that a file does not "
    "fit, never that it fits.",
    "Digits are printed rounded: fits and does not fit hold for every number they may stand for.",
    "The blocks of a memory are added up; whether a buffer finds room in one block is not judged.",
    "Memory for instructions alone counts for nothing, and what else the program needs is in the 10 % or not at all.",
)


@dataclass(frozen=True, slots=True)
class MemoryVerdict:
    """Whether RAM, or flash, suffices."""

    kind: Kind
    fit: Fit
    so_far: Fit
    """The verdict on what is counted; another one than `fit` only where a part is missing."""
    needs: Needs
    """Figures with their units; none where nobody measured it."""
    budget: Budget
    margin: Decimal | None
    """Share of the memory it is judged by that is left, as printed: 0.4 of 1; below zero where it is too small."""
    reason: str

    @property
    def size(self) -> Decimal | None:
        """Bytes of the memory it is judged by, as printed; None where the board is not described."""
        return self.budget.main.size if self.budget.main.memories else None

    @property
    def sources(self) -> tuple[str, ...]:
        """Pages that say what memory the board has, chip first."""
        return tuple(dict.fromkeys(memory.source for memory in self.budget.whole.memories))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file fits a board: the worse of its memories decides."""

    ram: MemoryVerdict
    flash: MemoryVerdict

    @property
    def fit(self) -> Fit:
        """The verdict on the whole."""
        return worst(self.ram.fit, self.flash.fit)

    @property
    def so_far(self) -> Fit:
        """The verdict on what is counted."""
        return worst(self.ram.so_far, self.flash.so_far)

    @property
    def reason(self) -> str:
        """The reason, in a sentence."""
        if self.ram.reason == self.flash.reason:
            return self.ram.reason
        second = self.flash.reason
        return f"{self.ram.reason.removesuffix('.')}; {second[0].lower()}{second[1:]}"


def worst(*fits: Fit) -> Fit:
    """Return the worst of several verdicts; unknown is worse than tight, and better than a proof that it is too big."""
    return max(fits, key=list(Fit).index)


def judge(footprint: Footprint | None, board: Board) -> Verdict:
    """Hold a footprint against a board.

    Args:
        footprint: what the file needs on the series of the board's chip; None where nobody measured it.
        board: the board, as the registry describes it.
    """
    return Verdict(_judged(footprint, board, "ram"), _judged(footprint, board, "flash"))


def _judged(footprint: Footprint | None, board: Board, kind: Kind) -> MemoryVerdict:
    budget = budget_of(board, kind)
    if footprint is None or footprint.target != board.series:
        reason = f"Nobody measured its memory for {board.series}."
        return MemoryVerdict(kind, Fit.UNKNOWN, Fit.UNKNOWN, Needs((), None), budget, None, reason)
    needs = needs_of(footprint, kind)
    so_far, clause = _so_far(needs, budget)
    margin = 1 - _main_need(needs, budget) / budget.main.size if needs.parts and budget.main.memories else None
    is_open = needs.missing is not None and so_far is not Fit.DOES_NOT_FIT
    omission = f", without {needs.missing}, which is not counted" if is_open and needs.parts else ""
    name = NAMES[kind]
    reason = f"{name[0].upper()}{name[1:]} {clause}{omission}."
    return MemoryVerdict(kind, Fit.UNKNOWN if is_open else so_far, so_far, needs, budget, margin, reason)


def _main_need(needs: Needs, budget: Budget) -> Decimal:
    """Return the bytes that compete for the memory it is judged by: what lies beside the chip does not."""
    is_chip = bool(budget.chip.memories)
    return total_bytes(part.size for part in needs.parts if not (is_chip and part.place == "board"))


def _so_far(needs: Needs, budget: Budget) -> tuple[Fit, str]:
    """Return the verdict on what is counted, and the sentence's rest after the name of the memory."""
    if not needs.parts:
        return Fit.UNKNOWN, "is not stated"
    if not budget.whole.memories:
        return Fit.UNKNOWN, f"is not judged: how much {budget.board.title} has, and where, is not described"
    placed = [part for part in needs.parts if part.place != "anywhere"]
    verdicts = [_in_place(part, budget) for part in placed] if placed else [_anywhere(needs.parts, budget)]
    fit = worst(*(fit for fit, _ in verdicts))
    if fit is Fit.DOES_NOT_FIT and budget.unplaced.memories:
        return Fit.UNKNOWN, "is not judged: of a part of the board's it is not said where it lies"
    return fit, next(clause for one, clause in verdicts if one is fit)


def _anywhere(parts: Sequence[Need], budget: Budget) -> tuple[Fit, str]:
    least, most = total_bytes(p.least for p in parts), total_bytes(p.most for p in parts)
    main, where = budget.main, "on the chip" if budget.chip.memories else "on the board"
    share = percent(1 - total_bytes(p.size for p in parts) / main.size)
    if most <= main.least * (1 - SPARE):
        return Fit.FITS, f"lies {where} with {share} left"
    if least <= main.most:
        return Fit.TIGHT, f"lies {where} with only {share} left"
    if least <= budget.whole.most:
        return Fit.TIGHT, "is more than the chip has, and needs memory beside it"
    return Fit.DOES_NOT_FIT, "is more than chip and board have"


def _in_place(part: Need, budget: Budget) -> tuple[Fit, str]:
    """Judge a figure that says where it lies, as those of NPU flows do."""
    room, where = (budget.chip, "on the chip") if part.place == "chip" else (budget.beside, "beside the chip")
    if part.value == 0:
        return Fit.FITS, f"takes nothing {where}"
    if not room.memories:
        return Fit.UNKNOWN, f"is not judged: what the board has {where} is not described"
    if part.least > room.most:
        return Fit.DOES_NOT_FIT, f"is more than there is {where}"
    share = percent(1 - part.size / room.size)
    if part.place == "board":
        return Fit.TIGHT, f"takes memory beside the chip, of which {share} is left"
    is_ample = part.most <= room.least * (1 - SPARE)
    return (
        (Fit.FITS, f"lies on the chip with {share} left")
        if is_ample
        else (Fit.TIGHT, f"lies on the chip with only {share} left")
    )


def percent(share: Decimal) -> str:
    """Return a share as whole percent, never rounded up to what is not there: 0.099 is 9 %."""
    return f"{int(share * 100) if share >= 0 else -int(-share * 100)} %"
