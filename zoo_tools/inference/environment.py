"""The instruction set that a runtime's kernels choose by, as one word: part of what makes two runs equal bit by bit.

LiteRT without a delegate (ruy, Eigen) chooses kernels by AVX, AVX2 with FMA, and AVX-512; XNNPACK by those and by
AVX-VNNI, AVX512-VNNI, AMX, and on Arm by fp16, dot products, i8mm, SVE and SME (its src/configs/hardware-config.c).
Number of threads, cache sizes and clock decide the order of blocks, not the numbers. Classes are cut rather too fine
than too coarse: two machines of one class must not differ, two of different classes may agree. Off Linux the flags
are not known, and the class ends in `-unknown`: no two such runs count as equal.
"""

import platform
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
# Processors of Arm have no name there; the board has one here.
_BOARD = Path("/proc/device-tree/model")
_FAMILIES = {"x86_64": "x86-64", "amd64": "x86-64", "aarch64": "aarch64", "arm64": "aarch64"}

# x86-64 psABI, "micro-architecture levels", by the names /proc/cpuinfo gives the flags.
_LEVELS = {
    "x86-64-v2": {"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"},
    "x86-64-v3": {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"},
    "x86-64-v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
}
_X86_EXTRAS = {"avx512_vnni": "+vnni", "avx_vnni": "+vnni", "amx_int8": "+amx"}
_ARM_EXTRAS = {
    "asimdhp": "+fp16", "asimddp": "+dotprod", "i8mm": "+i8mm", "sve": "+sve", "sve2": "+sve2", "sme": "+sme",
    "sme2": "+sme2",
}  # fmt: skip
# Flags of a level that a machine below that level may have on its own.
_PARTIAL = {"avx": "+avx", "fma": "+fma", "avx2": "+avx2", "avx512f": "+avx512f"}


def cpu_class() -> str:
    """Return this machine's class, such as `x86-64-v4+vnni` or `aarch64+fp16+dotprod`."""
    try:
        text = _CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    return classify(platform.machine(), text)


def cpu_name() -> str:
    """Return what this machine's processor, or the board that it is on, calls itself."""
    for file, key in ((_CPUINFO, "model name"), (_BOARD, "")):
        try:
            text = file.read_text(encoding="utf-8", errors="replace").rstrip("\0")
        except OSError:
            continue
        lines = [line.partition(":") for line in text.splitlines()]
        name = next((value.strip() for word, _, value in lines if word.strip() == key), "") if key else text.strip()
        if name:
            return name
    return platform.processor() or platform.machine() or "unknown processor"


def classify(machine: str, cpuinfo: str) -> str:
    """Name the class of a processor.

    Args:
        machine: what `platform.machine()` says.
        cpuinfo: text of /proc/cpuinfo; of a machine with different cores, what all of them have counts.
    """
    lines = [line.partition(":") for line in cpuinfo.splitlines()]
    cores = [set(words.split()) for key, _, words in lines if key.strip() in ("flags", "Features")]
    flags = set.intersection(*cores) if cores else set()
    family = _FAMILIES.get(machine.lower(), machine.lower())
    if not flags or family not in _FAMILIES.values():
        return f"{family}-unknown".removeprefix("-")
    return _x86(flags) if family == "x86-64" else family + _extras(flags, _ARM_EXTRAS)


def _x86(flags: set[str]) -> str:
    reached, wanted = "x86-64", set[str]()
    for level, needed in _LEVELS.items():
        wanted |= needed
        if not wanted <= flags:
            break
        reached = level
    below = {flag: word for flag, word in _PARTIAL.items() if not _includes(reached, flag)}
    return reached + _extras(flags, below | _X86_EXTRAS)


def _includes(reached: str, flag: str) -> bool:
    return any(level <= reached and flag in needed for level, needed in _LEVELS.items())


def _extras(flags: set[str], words: dict[str, str]) -> str:
    return "".join(dict.fromkeys(word for flag, word in words.items() if flag in flags))
