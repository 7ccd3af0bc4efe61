"""Bytes by hash: model files and pictures from a cache, a mirror or the network, verified before anybody uses them.

`Fetcher.fetch` takes a `Wanted` (`wanted_of` makes one of a manifest's artifact) and gives a `Fetched`; `deliver`
copies it to where the user wants it. Nothing here downloads on import, and a fetch that finds the file on this machine
makes no request.
"""

from zoo_tools.fetch.cache import VARIABLE, Cache, Cached, default_folder
from zoo_tools.fetch.fetcher import Fetcher
from zoo_tools.fetch.landing import deliver, is_there, write_whole
from zoo_tools.fetch.limits import Limits
from zoo_tools.fetch.location import HostRules
from zoo_tools.fetch.mirror import (
    FolderMirror,
    HeldFiles,
    Mirror,
    MistypedHashError,
    NotInMirrorError,
    WebMirror,
    mirror_at,
)
from zoo_tools.fetch.verify import MistypedSizeError
from zoo_tools.fetch.wanted import (
    Fetched,
    Packed,
    Progress,
    Source,
    Unseen,
    Wanted,
    unseen_of,
    wanted_of,
    wanted_of_companion,
)

__all__ = [
    "VARIABLE",
    "Cache",
    "Cached",
    "Fetched",
    "Fetcher",
    "FolderMirror",
    "HeldFiles",
    "HostRules",
    "Limits",
    "Mirror",
    "MistypedHashError",
    "MistypedSizeError",
    "NotInMirrorError",
    "Packed",
    "Progress",
    "Source",
    "Unseen",
    "Wanted",
    "WebMirror",
    "default_folder",
    "deliver",
    "is_there",
    "mirror_at",
    "unseen_of",
    "wanted_of",
    "wanted_of_companion",
    "write_whole",
]
