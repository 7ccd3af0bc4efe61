"""What became of wrong statements, as tables in Markdown."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from benchmarks.mutation_run.judge import Judged

LETTERS = {
    "input digest": "I",
    "golden-detections": "D",
    "golden-selection": "S",
    "golden-raw": "R",
    "roles-proven": "P",
    "boxes-finite": "B",
    "quantisation-vs-formula": "Q",
    "io-inputs": "T",
    "io-outputs": "T",
    "io-after-invoke": "A",
}
"""How a check is shown in a cell; another check stands there by its name."""

LEGEND = (
    "I digest of the input tensor, D golden-detections, S golden-selection, R golden-raw, P roles-proven, "
    "B boxes-finite, Q quantisation-vs-formula, T io-inputs or io-outputs, A io-after-invoke; in brackets only where "
    "the recordings were made; a dash: nobody behind level static"
)


def table(judged: Iterable[Judged]) -> str:
    """Return a row for each wrong statement and a column for each model."""
    rows: dict[tuple[str, str], dict[str, Judged]] = {}
    for one in judged:
        rows.setdefault((one.wrong.fact, one.wrong.change), {})[one.subject] = one
    subjects = list(dict.fromkeys(subject for row in rows.values() for subject in row))
    lines = [
        f"| fact | said instead | {' | '.join(map(_short, subjects))} | level static, not counted |",
        "|---|---|" + "---|" * len(subjects) + "---|",
    ]
    for (fact, change), row in rows.items():
        cells = [_cell(row[subject]) if subject in row else "" for subject in subjects]
        static = sorted(frozenset[str]().union(*(one.static for one in row.values())))
        lines.append(f"| {fact} | {change} | {' | '.join(cells)} | {', '.join(static)} |")
    return "\n".join(lines)


def headline(judged: Sequence[Judged]) -> str:
    """Return the shares that are caught, here and elsewhere, and which check catches how many."""
    of_contract = [one for one in judged if not one.wrong.is_of_tensors]
    current = sum("golden-current" in one.static for one in judged)
    alone = Counter(next(iter(one.elsewhere)) for one in judged if len(one.elsewhere) == 1)
    seen = Counter(word for one in judged for word in one.elsewhere)
    lines = [
        f"{len(judged)} wrong statements about {len({one.subject for one in judged})} models, of which errors catch",
        f"  {_caught(judged, 'recorded')} where the recordings were made (bits are equal)",
        f"  {_caught(judged, 'elsewhere')} where the environment differs (within tolerance)",
        "without what the file itself states of its tensors (name, shape, type, quantisation): "
        f"{_caught(of_contract, 'recorded')} and {_caught(of_contract, 'elsewhere')}",
        f"golden-current, which compares texts and is not counted, sees {_share(current, len(judged))}",
        "where the environment differs, caught (alone) by: "
        + ", ".join(f"{word} {number} ({alone[word]})" for word, number in seen.most_common()),
    ]
    return "\n".join(lines)


def survivors(judged: Iterable[Judged]) -> Iterator[str]:
    """Yield a line for each wrong statement that survives in some model, with the reason."""
    left: dict[tuple[str, str, str], list[Judged]] = {}
    for one in judged:
        if not one.elsewhere:
            left.setdefault((one.wrong.fact, one.wrong.change, one.wrong.unseen), []).append(one)
    for (fact, change, why), all_ in left.items():
        only = [one for one in all_ if one.recorded]
        where = f"{len(all_)} models" + (f", in {len(only)} only where the environment differs" if only else "")
        yield f"{fact}, {change} ({where}): {why or 'unexplained'}"


def share_caught(judged: Sequence[Judged]) -> float:
    """Return the lower of the two shares."""
    here, there = sum(bool(one.recorded) for one in judged), sum(bool(one.elsewhere) for one in judged)
    return min(here, there) / len(judged)


def _cell(one: Judged) -> str:
    always = _letters(one.elsewhere)
    here = "".join(letter for letter in _letters(one.recorded) if letter not in always)
    return always + (f" ({here})" if here else "") or "—"


def _letters(words: Iterable[str]) -> str:
    said = {LETTERS.get(word, f" {word} ") for word in words}
    known = [letter for letter in dict.fromkeys(LETTERS.values()) if letter in said]
    return "".join([*known, *sorted(said - set(known))])


def _short(subject: str) -> str:
    model, variant, _ = subject.split("/")
    return f"{'v2' if 'v2' in model else 'v1'} {variant.rpartition('_')[2]}"


def _caught(judged: Sequence[Judged], where: Literal["recorded", "elsewhere"]) -> str:
    return _share(sum(bool(getattr(one, where)) for one in judged), len(judged))


def _share(number: int, count: int) -> str:
    return f"{number} of {count} ({100 * number / count:.1f} %)"
