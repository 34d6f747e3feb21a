"""A file is read in the encoding that it is in, or nobody guesses: it is shown what it may say."""

import pytest

from producers.cells.encodings import encoding_of
from producers.cells.spellings import oddness
from producers.cells.tabular import column_key, read_table
from producers.outcomes.left_out import NotUnderstoodError

HEADER = "Lead ID,Email,Company,City\r\n"


def told(text: str, encoding: str) -> str:
    """Return the text as it is read from a file in this encoding."""
    data = text.encode(encoding)
    return data.decode(encoding_of(lambda: (data,)).name)


@pytest.mark.parametrize(
    ("encoding", "rows"),
    [
        ("cp1252", ["Grün & Weiß OHG,Köln", "Bäckerei Übel,Düsseldorf"]),
        ("cp1252", ["Crédit Élevé,Orléans", "Générale d'Hôtellerie,Besançon", "Forêt & Mère,Évreux"]),
        ("cp1252", ["Compañía Ibérica,Málaga", "Peñas Sánchez,Cádiz"]),
        ("cp1252", ["Løkken AS,Tromsø", "Blåbær ApS,Århus"]),
        ("cp1250", ["Łódzka Spółka,Łódź", "Górażdże Śląsk,Kraków", "Zażółć,Gdańsk"]),
        ("cp1251", ["ООО Пример,Москва"]),
        ("cp1253", ["Παράδειγμα ΑΕ,Αθήνα", "Δεδομένα,Θεσσαλονίκη"]),
        ("cp874", ["บริษัท ตัวอย่าง จำกัด,กรุงเทพ"]),
        ("gb18030", ["示例数据有限公司,北京"]),
        ("gb18030", ["杭州示例科技股份有限公司,杭州", "成都样本软件,成都"]),
        ("cp950", ["範例資訊股份有限公司,臺北"]),
        ("cp932", ["株式会社サンプル,東京", "例示商事,大阪市"]),
        ("cp949", ["예제 데이터 주식회사,서울"]),
        ("utf-8", ["Grün & Weiß OHG,北京"]),
        ("utf-16-le", ["Grün & Weiß OHG,Köln"]),
    ],
)
def test_short_files_of_the_world(encoding: str, rows: list[str]) -> None:
    text = HEADER + "".join(f"L-{at},a{at}@example.org,{row}\r\n" for at, row in enumerate(rows))

    assert told(text, encoding) == text


def test_words_that_the_reader_knows_settle_the_encoding() -> None:
    data = "线索,公司\n7,x\n".encode("gb18030")

    assert read_table(data, known={column_key("线索")}).rows[0].cells == ("线索", "公司")
    assert read_table(data, known={column_key("线索")}).encoding == "gb18030"


def test_in_doubt_the_candidates_are_shown_with_what_the_line_says_in_each() -> None:
    data = (HEADER + "1,a@example.org,Hélène,x\r\n").encode("cp1252")

    with pytest.raises(NotUnderstoodError) as caught:
        read_table(data)
    assert caught.value.line == 2
    assert "“Hélène” in cp1252 (Western Europe)" in str(caught.value)
    assert "“Hélčne” in cp1250 (Central Europe)" in str(caught.value)
    assert "--encoding cp1" in str(caught.value)
    assert read_table(data, encoding="cp1252").rows[1].cells[2] == "Hélène"


def test_a_doubt_shows_neither_addresses_nor_numbers() -> None:
    data = (HEADER + "1,élena@example.org,13800138000é,Hélène\r\n").encode("cp1252")

    with pytest.raises(NotUnderstoodError, match="“Hélène”") as caught:
        read_table(data)
    assert "example.org" not in str(caught.value)
    assert "13800138000" not in str(caught.value)


def test_a_file_that_mixes_encodings_is_not_read_as_either() -> None:
    data = HEADER.encode() + "1,a,Grün,Köln\r\n".encode() + "2,b,Weiß,Köln\r\n".encode("cp1252")

    with pytest.raises(NotUnderstoodError, match="not UTF-8"):
        read_table(data)


def test_the_whole_file_is_read_before_an_encoding_is_believed() -> None:
    rows = "".join(f"{at},示例数据有限公司\n" for at in range(500)).encode("gb18030")

    with pytest.raises(NotUnderstoodError) as caught:
        read_table(b"a,b\n" + rows + b"7,\xff\xff\n", encoding="gb18030")
    assert caught.value.line == 502


def test_words_of_mixed_scripts_look_odd_and_those_of_one_language_do_not() -> None:
    assert oddness("Müller, Straße; Forêt Łódź Москва 北京 データ 데이터 iPhone手机", "utf-8") == 0
    for word in ("K鰈n", "Kцln", "Plzeς", "cafŽ", "£َdں", "Compańía", "행漢", "рсиЯђ"):
        assert oddness(word, "utf-8") == 1, word


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "cp932", "utf-16-le"])
def test_half_a_character_at_the_end_costs_the_last_cell(encoding: str) -> None:
    data = ("東京,大阪\n" + "一二三四,五六七八\n" * 20 + "東京,東").encode(encoding)
    table = read_table(data[:-1], encoding="" if encoding in ("utf-8", "gb18030") else encoding)

    assert len(table.rows) == 22
    assert table.rows[-1].cells == ("東京", "")


def test_a_single_letter_at_the_end_of_an_old_file_is_no_half_character() -> None:
    data = "Ort\nStraße\nGröße\nMenü\nGroßmarkt\nKüß".encode("cp1252")

    assert read_table(data).rows[-1].cells == ("Küß",)
