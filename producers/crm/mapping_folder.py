"""The mappings of webhooks: those that come with Leadtrace, and a folder's own as its files are now."""

import logging
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from producers.crm.mapping import CrmMapping, MappingFaultError, parse_mapping
from producers.crm.shipped import shipped_mapping, shipped_mappings
from producers.crm.webhook import Mappings

FOLDER: Final = "mappings"
LARGEST: Final = 1 << 20  # bytes
_log = logging.getLogger(__name__)

Signature = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Known:
    """A file as it was read last: what tells a change, and the last mapping of it that could be used."""

    signature: Signature
    mapping: CrmMapping | None


class MappingFolder:
    """Mappings by system. A file that is new or changed counts from the next look on.

    A bad one is said in the log, and what the file held before stays in force. Of a system, the folder's own
    mappings of leads take the place of those of leads that come with Leadtrace, and so do those of deals.
    """

    def __init__(self, home: Path) -> None:
        """Take the folder `mappings` below `home`, which need not exist.

        Raises MappingFaultError if one of its files is bad from the start.
        """
        self._folder = home / FOLDER
        self._shipped = tuple(parse_mapping(shipped_mapping(name)) for name in shipped_mappings())
        self._known: dict[Path, _Known] = {}
        self._mappings: Mappings = {}
        if faults := self._look():
            raise MappingFaultError(faults[0])

    def current(self) -> Mappings:
        """Return the mappings as they are now, by system."""
        for fault in self._look():
            _log.error("%s; what this file held before stays in force", fault)
        return self._mappings

    def _look(self) -> list[str]:
        """Read what changed since the last look; return a sentence for each file that can't be used."""
        try:
            files = {path: found for path in mapping_files(self._folder) if (found := _signature(path))}
        except MappingFaultError as error:
            return [str(error)]
        if self._mappings and files == {path: known.signature for path, known in self._known.items()}:
            return []
        faults = []
        known: dict[Path, _Known] = {}
        for path in sorted(files):
            held = self._known.get(path)
            if held is not None and held.signature == files[path]:
                known[path] = held
                continue
            try:
                known[path] = _Known(files[path], read_mapping(path))
            except MappingFaultError as error:
                faults.append(str(error))
                known[path] = _Known(files[path], held.mapping if held else None)
        self._known = known
        own = [each.mapping for each in known.values() if each.mapping is not None]
        replaced = {(mapping.system, mapping.object) for mapping in own}
        kept = [mapping for mapping in self._shipped if (mapping.system, mapping.object) not in replaced]
        self._mappings = _by_system([*kept, *own])
        return faults


def mapping_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are mappings, none if it isn't there; raise MappingFaultError."""
    try:
        return sorted(folder.glob("*.toml"))
    except OSError as error:
        raise MappingFaultError(f"the folder {str(folder)[:200]} can't be read: {error.strerror}") from None


def read_mapping(path: Path) -> CrmMapping:
    """Read one file; raise MappingFaultError with a sentence that names it."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise MappingFaultError(f"it is no file of at most {LARGEST >> 10} KB")
        return parse_mapping(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, MappingFaultError) as error:
        raise MappingFaultError(f"{path}: {error}") from None


def _signature(path: Path) -> Signature | None:
    try:
        status = path.stat()
    except OSError:
        return None  # gone since it was listed
    return status.st_mtime_ns, status.st_size


def _by_system(mappings: Iterable[CrmMapping]) -> Mappings:
    found: dict[str, tuple[CrmMapping, ...]] = {}
    for mapping in mappings:
        found[mapping.system] = (*found.get(mapping.system, ()), mapping)
    return found
