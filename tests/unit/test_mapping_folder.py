"""A mapping that is put into the folder, changed or taken away counts at once; a bad one changes nothing."""

import logging
import os
from pathlib import Path

import pytest

from producers.crm.mapping import MappingFaultError
from producers.crm.mapping_folder import MappingFolder
from producers.crm.shipped import shipped_mappings

DEALS = 'system = "our"\nobject = "deal"\n[deal]\nid = "{id}"\nupdated_at = "at"\n'


def put(home: Path, name: str, text: str) -> Path:
    path = home / "mappings" / name
    path.parent.mkdir(exist_ok=True)
    seen = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    if path.stat().st_mtime_ns == seen:  # two writes within one tick of the clock
        os.utime(path, ns=(seen + 1, seen + 1))
    return path


def ids(folder: MappingFolder, system: str = "our") -> list[str]:
    return [mapping.deal.id[0] for mapping in folder.current().get(system, ())]


def test_without_a_folder_there_are_the_mappings_that_come_with_leadtrace(tmp_path: Path) -> None:
    found = MappingFolder(tmp_path).current()
    assert sum(map(len, found.values())) == len(shipped_mappings())
    assert {mapping.object for mapping in found["pipedrive"]} == {"lead", "deal"}


def test_what_is_put_there_changed_and_taken_away_counts_without_a_restart(tmp_path: Path) -> None:
    folder = MappingFolder(tmp_path)
    assert ids(folder) == []
    path = put(tmp_path, "deals.toml", DEALS.format(id="deal"))
    assert ids(folder) == ["deal"]
    put(tmp_path, "deals.toml", DEALS.format(id="opportunity"))
    assert ids(folder) == ["opportunity"]
    path.unlink()
    assert ids(folder) == []


def test_a_bad_one_is_said_once_and_what_the_file_held_before_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "deals.toml", DEALS.format(id="deal"))
    folder = MappingFolder(tmp_path)
    path = put(tmp_path, "deals.toml", "system = ")
    put(tmp_path, "more.toml", DEALS.format(id="other"))
    with caplog.at_level(logging.ERROR):
        assert ids(folder) == ["deal", "other"]
        assert ids(folder) == ["deal", "other"]
    (said,) = caplog.messages
    assert said.startswith(f"{path}: the mapping is not valid TOML")
    assert said.endswith("what this file held before stays in force")
    put(tmp_path, "deals.toml", DEALS.format(id="mended"))
    assert ids(folder) == ["mended", "other"]


def test_a_file_that_is_bad_from_the_start_keeps_the_collector_from_starting(tmp_path: Path) -> None:
    put(tmp_path, "deals.toml", DEALS.format(id="deal").replace('"deal"', '"thing"', 1))
    with pytest.raises(MappingFaultError, match=r"deals\.toml: object"):
        MappingFolder(tmp_path)


def test_a_mapping_of_one_s_own_replaces_only_those_of_its_kind_of_record(tmp_path: Path) -> None:
    put(tmp_path, "pipedrive.toml", DEALS.format(id="current.id").replace("our", "pipedrive"))
    found = MappingFolder(tmp_path).current()["pipedrive"]
    assert {(mapping.object, mapping.id_columns[0]) for mapping in found} == {
        ("lead", "Person - ID"), ("deal", "current.id"),
    }  # fmt: skip
