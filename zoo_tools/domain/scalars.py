"""The scalar types of registry files: text in, one strict reading out.

YAML scalars reach these types as text, so that ``35.80`` keeps its digits and ``no``, ``010`` or ``1_000`` are
never read as something else. Values made in Python (int, Decimal, date, bool) pass as they are.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VERSION = re.compile(r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_URL = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[!-~]*)?")
_SYMBOL = re.compile(r"[a-z][a-z0-9_]*")
_DEVICE_NAMES = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))]
)
_LARGEST = Decimal(10) ** 15


def wrong(message: str) -> PydanticCustomError:
    """Build a schema error whose text is a finished sentence for a contributor."""
    # The text goes through as a context value: braces in what a stranger wrote must not be read as a template.
    return PydanticCustomError("zoo", "{sentence}", {"sentence": message})


def _shown(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(value)[:61])
    return f"`{text[:60]}…`" if len(text) > 60 else f"`{text}`"


def _number(value: object) -> Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = Decimal(value)
        if len(value) <= 15 and "e" not in value and "E" not in value:
            return number  # short enough to be within bounds
    elif isinstance(value, Decimal):
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    else:
        raise wrong(f"{_shown(value)} is not a plain number; write digits only, such as 149.18 (the key says the unit)")
    if not number.is_finite() or abs(number) > _LARGEST:
        raise wrong(f"{_shown(value)} is out of bounds; numbers are finite and at most 1e15")
    return number


def _integer(value: object) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value) and len(value) <= 16:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return value
    raise wrong(f"{_shown(value)} is not a whole number; write digits only, such as 594416")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise wrong(f"{_shown(value)} is neither true nor false")


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise wrong(f"{_shown(value)} is not a day; write it as 2026-11-20")


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    if value is None or value == "":
        raise wrong("the value is blank; write it, or `unknown` with a reason")
    raise wrong(f"{_shown(value)} is not a text")


def _id(value: object) -> str:
    return _read_id(value) if isinstance(value, str) else _text(value)


@lru_cache(maxsize=4096)
def _read_id(value: str) -> str:
    """Read an id; a manifest says each of its few dozen again and again."""
    text = _text(value)
    if not _ID.fullmatch(text) or text.endswith("."):
        raise wrong(f"{_shown(text)} is not an id; use 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit")
    if text.split(".", maxsplit=1)[0] in _DEVICE_NAMES:
        raise wrong(f"{_shown(text)} is a device name on Windows; choose another id")
    return text


def _version(value: object) -> str:
    if isinstance(value, str) and _VERSION.fullmatch(value):
        return value
    raise wrong(f"{_shown(value)} is not a version; write it as MAJOR.MINOR.PATCH, such as 1.0.0")


def _sha256(value: object) -> str:
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return value
    count = f" of {len(value)} characters" if isinstance(value, str) else ""
    raise wrong(f"{_shown(value)}{count} is not a sha256; it should be 64 digits 0-9 a-f in quotes")


def _hex(digits: int, name: str) -> BeforeValidator:
    """Read a digest that is no sha256: lower-case hex digits, as many as its kind has."""

    def read(value: object) -> str:
        if isinstance(value, str) and re.fullmatch(rf"[0-9a-f]{{{digits}}}", value):
            return value
        raise wrong(f"{_shown(value)} is not a {name}; it should be {digits} digits 0-9 a-f in quotes")

    return BeforeValidator(read)


def _sha256_prefix(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{6,63}", value):
        return value
    raise wrong(f"{_shown(value)} is not the beginning of a sha256; it should be 6 to 63 digits 0-9 a-f in quotes")


def _member(value: object) -> str:
    text = _text(value)
    parts = text.split("/")
    if len(text) > 300 or not all(re.fullmatch(r"[A-Za-z0-9._%+ -]+", part) and part.strip(". ") for part in parts):
        raise wrong(f"{_shown(text)} is not a file inside an archive; write its path there, joined by /, without ..")
    return text


def _https_url(value: object) -> str:
    text = _text(value)
    if not _URL.fullmatch(text) or len(text) > 2000:
        raise wrong(
            f"{_shown(text)} is not an https url; it should begin with https:// and a host, without user or spaces"
        )
    return text


def _relative_path(value: object) -> str:
    text = _text(value)
    if not all(_ID.fullmatch(part) and not part.endswith(".") for part in text.split("/")):
        raise wrong(f"{_shown(text)} is not a path inside this model's folder; use names of a-z 0-9 . _ - joined by /")
    return text


def _recording(value: object) -> str:
    text = _relative_path(value)
    if not re.fullmatch(r"golden/[^/]+\.json", text):
        raise wrong(f"{_shown(text)} is not the place of a recording; write `golden/NAME.json`")
    return text


def _file_name(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._%-]{0,127}", text) or text.endswith("."):
        raise wrong(f"{_shown(text)} is not a portable file name; use letters, digits, . _ % -")
    return text


def _dimension(value: object) -> int | str:
    if isinstance(value, str) and _SYMBOL.fullmatch(value):
        return value
    number = _integer(value)
    if number < 1:
        raise wrong(f"a dimension is {number}; it should be at least 1, or a symbol such as batch")
    return number


def _background(value: object) -> int | str:
    return "none" if value == "none" else _integer(value)


def _ratio(value: object) -> str:
    text = str(_text(value) if isinstance(value, str) else _number(value))
    parts = text.split("/")
    if (
        len(parts) > 2
        or not all(_NUMBER.fullmatch(part) for part in parts)
        or Fraction(parts[-1]) == 0 == len(parts) - 2
    ):
        raise wrong(f"{_shown(value)} is not a number or a fraction of two numbers such as 1/127.5")
    if abs(ratio_value(text)) > _LARGEST:
        raise wrong(f"{_shown(value)} is out of bounds; numbers are finite and at most 1e15")
    return text


def _schema(**schema: object) -> WithJsonSchema:
    return WithJsonSchema(dict(schema))


Number = Annotated[Decimal, BeforeValidator(_number), PlainSerializer(str), _schema(type="number")]
"""A decimal number as printed: `35.80` stays `35.80`."""

Integer = Annotated[int, BeforeValidator(_integer), _schema(type="integer")]
Count = Annotated[int, BeforeValidator(_integer), Field(ge=0), _schema(type="integer", minimum=0)]
Flag = Annotated[bool, BeforeValidator(_flag), _schema(type="boolean")]
Day = Annotated[date, BeforeValidator(_day), _schema(type="string", format="date")]
Text = Annotated[str, BeforeValidator(_text), _schema(type=["string", "number"])]
Id = Annotated[str, BeforeValidator(_id), _schema(type=["string", "number"], pattern=f"^{_ID.pattern}$")]
Version = Annotated[str, BeforeValidator(_version), _schema(type="string", pattern=f"^{_VERSION.pattern}$")]
Sha256 = Annotated[str, BeforeValidator(_sha256), _schema(type="string", pattern="^[0-9a-f]{64}$")]
Sha384 = Annotated[str, _hex(96, "sha384"), _schema(type="string", pattern="^[0-9a-f]{96}$")]
Sha512 = Annotated[str, _hex(128, "sha512"), _schema(type="string", pattern="^[0-9a-f]{128}$")]
Md5 = Annotated[str, _hex(32, "md5"), _schema(type="string", pattern="^[0-9a-f]{32}$")]
Sha256Prefix = Annotated[str, BeforeValidator(_sha256_prefix), _schema(type="string", pattern="^[0-9a-f]{6,63}$")]
"""The beginning of a sha256, as some publishers put it into file names: it can refute a file, it cannot prove one."""
ArchiveMember = Annotated[str, BeforeValidator(_member), _schema(type="string")]
"""Path of a file inside an archive."""
HttpsUrl = Annotated[str, BeforeValidator(_https_url), _schema(type="string", pattern="^https://")]
RelativePath = Annotated[str, BeforeValidator(_relative_path), _schema(type="string")]
Recording = Annotated[str, BeforeValidator(_recording), _schema(type="string", pattern=r"^golden/[^/]+\.json$")]
FileName = Annotated[str, BeforeValidator(_file_name), _schema(type="string")]
Dimension = Annotated[
    int | str,
    BeforeValidator(_dimension),
    _schema(anyOf=[{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}]),
]
BackgroundColumn = Annotated[
    int | str,
    BeforeValidator(_background),
    _schema(anyOf=[{"type": "integer", "minimum": 0}, {"enum": ["none"]}]),
]
"""Column of the background class counted from 0, or `none`."""
Ratio = Annotated[str, BeforeValidator(_ratio), _schema(type=["number", "string"])]
"""An exact number or fraction, such as `1/127.5`; `ratio_value` gives its value."""

NotApplicable = Literal["NA"]
NumberOrNA = Annotated[
    Annotated[Number, Tag("number")] | Annotated[NotApplicable, Tag("NA")],
    Discriminator(lambda value: "NA" if value == "NA" else "number"),
]
"""A number, or `NA` where the source prints NA: not measured, which is not zero."""

Sha256OrUnknown = Annotated[
    str,
    BeforeValidator(lambda value: value if value in ("unknown", "same-revision") else _sha256(value)),
    _schema(anyOf=[{"enum": ["unknown", "same-revision"]}, {"type": "string", "pattern": "^[0-9a-f]{64}$"}]),
]


def _positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise wrong(f"the value is {value}; it should be above zero")
    return value


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise wrong(f"the value is {value}; it should not be below zero")
    return value


Positive = Annotated[Number, AfterValidator(_positive), _schema(type="number", exclusiveMinimum=0)]
NotNegative = Annotated[Number, AfterValidator(_not_negative), _schema(type="number", minimum=0)]


@lru_cache(maxsize=256)
def ratio_value(text: str) -> Fraction:
    """Return the exact value of a `Ratio`."""
    numerator, _, denominator = text.partition("/")
    return Fraction(Decimal(numerator)) / Fraction(Decimal(denominator or 1))


def half_unit(value: Decimal) -> Decimal:
    """Return half a unit of the last printed digit: how far the printed value may be from the true one."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError("half_unit() needs a finite number")
    return _half_of(exponent)


@cache
def _half_of(exponent: int) -> Decimal:
    return Decimal(5).scaleb(exponent - 1)


@dataclass(frozen=True, slots=True)
class Reference:
    """Marks an id that names something elsewhere: the kind of thing it names."""

    kind: str


BoardId = Annotated[Id, Reference("board")]
SeriesId = Annotated[Id, Reference("series")]
DatasetId = Annotated[Id, Reference("dataset")]
ProtocolId = Annotated[Id, Reference("protocol")]
LabelSetId = Annotated[Id, Reference("label set")]
ImageId = Annotated[Id, Reference("image")]
EvidenceId = Annotated[Id, Reference("evidence")]
ContractId = Annotated[Id, Reference("contract")]
ArtifactId = Annotated[Id, Reference("artifact")]
