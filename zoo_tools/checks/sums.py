"""Arithmetic on printed numbers: every digit that is not printed is an interval."""

from collections.abc import Sequence
from decimal import Decimal

from zoo_tools.domain.scalars import half_unit


def sum_differs(parts: Sequence[Decimal], total: Decimal) -> bool:
    """Tell whether a printed total cannot be the sum of printed parts, whatever digits rounding took away."""
    leeway = half_unit(total) + sum((half_unit(part) for part in parts), Decimal(0))
    return abs(sum(parts, Decimal(0)) - total) > leeway


def surely_less(one: Decimal, other: Decimal) -> bool:
    """Tell whether a printed number is below another, whatever digits rounding took away from both."""
    return one < other and one + half_unit(one) < other - half_unit(other)
