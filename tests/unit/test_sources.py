"""Only what ends is imported, and what wouldn't fit is refused before it is tried."""

import os
import threading
from pathlib import Path

import pytest

from producers.cells import room, source, tabular
from producers.cells.lines import LINE_LIMIT, lines_of
from producers.cells.source import Source, source_of
from producers.cells.tabular import Rows, read_table
from producers.crm.export import CrmOptions
from producers.crm.shipped import shipped_mapping
from producers.imports import Plan, plan_crm, plan_sem
from producers.outcomes.left_out import NotUnderstoodError
from producers.privacy.personal_data import Tokeniser
from producers.sem.options import SemOptions
from schemas.crm import DealRecorded

OPTIONS = SemOptions(received_at=1_790_000_000_000, as_of=1_790_000_000_000)


def test_devices_and_folders_end_with_a_sentence(tmp_path: Path) -> None:
    assert "it is a device, and no file" in plan_sem(Path("/dev/zero"), "zero", OPTIONS).error
    assert "it is a folder, and no file" in plan_sem(tmp_path, "folder", OPTIONS).error


def test_what_a_pipe_gives_is_read_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def given(data: bytes) -> Source:
        writer = threading.Thread(target=lambda: pipe.write_bytes(data))
        writer.start()
        try:
            return source_of(pipe)
        finally:
            writer.join()

    assert given(b"a,b\n1,2\n").whole() == b"a,b\n1,2\n"
    monkeypatch.setattr(source, "LARGEST_PIPE", 4)
    with pytest.raises(NotUnderstoodError, match="pipe gives more"):
        given(b"a,b\n1")


def test_a_file_that_would_not_fit_into_memory_is_refused_with_the_size_that_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_free", lambda: 4 << 30)
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(200 << 20)

    assert "the file has 200 MB" in (error := plan_sem(large, "large.csv", OPTIONS).error)
    assert "split it into files of at most 58 MB" in error


def test_a_line_that_never_ends_is_refused() -> None:
    with pytest.raises(NotUnderstoodError, match="longer than") as caught:
        read_table(b"a,b\n" + b"x" * (LINE_LIMIT + source.CHUNK))
    assert caught.value.line == 2


def test_a_large_file_is_read_in_pieces_and_reads_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tabular, "_LARGE", 1 << 20)
    path = tmp_path / "large.csv"
    rows = [f'{at},"Größe, {at}"\r\n' for at in range(300_000)]
    path.write_text("id,name\r\n" + "".join(rows) + '"never closed\r\n7,last', encoding="utf-8", newline="")
    table = read_table(source_of(path))

    assert isinstance(table.rows, Rows)
    assert len(table.rows) == 300_003
    assert table.rows[0].cells == ("id", "name")
    assert [row.cells for row in table.rows[1:3]] == [("0", "Größe, 0"), ("1", "Größe, 1")]
    assert (table.rows[-2].line, bool(table.rows[-2].problem)) == (300_002, True)
    assert table.rows[-1].cells == ("7", "last")
    assert table.rows[150_000].cells[0] == "149999"
    body = table.rows[1:-2]
    assert sum(int(row.cells[0]) for row in body) == sum(range(300_000))
    assert [row.line for row in body[-2:]] == [300_000, 300_001]
    assert body[len(body) :] == () or not body[len(body) :]


def test_a_large_crm_export_gives_the_facts_of_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f"D{at % 40},Deal {at % 40},won,2026-11-09 10:00,2026-11-01 10:00,{at % 40}.50 €,C{at}"
        for at in range(90)
    ]
    header = "Deal ID,Deal Name,Stage,Won Date,Created At,Amount,Contact IDs"
    data = "\n".join([header, *rows, "D1,no date,won,x,y,1,C1"]).encode()
    options, tokens = CrmOptions(received_at=1_790_000_000_000), Tokeniser("a key for tests only")

    def planned() -> Plan:
        return plan_crm(data, "deals.csv", shipped_mapping("generic-deals"), options, tokens)

    small = planned()
    monkeypatch.setattr(tabular, "_LARGE", 100)
    monkeypatch.setattr(tabular, "_ENDS", 8)
    large = planned()

    assert not isinstance(large.facts, tuple)
    assert {fact.event_id: fact for fact in large.facts} == {fact.event_id: fact for fact in small.facts}
    assert len(large.facts) == len(small.facts) == len({fact.event_id for fact in large.facts})
    assert {record.value for record in large.records(tokens)} == {
        record.value for record in small.records(tokens)
    }
    assert (large.rejects, large.notes, large.summary) == (small.rejects, small.notes, small.summary)
    assert large.understood == small.understood
    people = [fact.people for fact in small.facts if isinstance(fact, DealRecorded) and fact.people]
    assert max(map(len, people)) == 3  # all rows of a deal name theirs


def test_pieces_that_end_within_a_character_or_a_line_end_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "CHUNK", 3)
    path = tmp_path / "file.csv"
    text = "日期,消费\r\n一,二\r三,四\n五,六"
    path.write_bytes(text.encode())

    assert list(lines_of(source_of(path), "utf-8")) == ["日期,消费\r\n", "一,二\r", "三,四\n", "五,六"]
