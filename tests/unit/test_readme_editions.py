"""The Chinese edition of the README says line by line what the English one says."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = "README.md", "README.zh-CN.md"
NAMES = re.compile(r'"[^"]*"')


def lines(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def kinds(name: str) -> list[str]:
    """What each line is: of code and drawings the line itself without its words, of prose only that."""
    found, fence = [], ""
    for line in lines(name):
        if line.startswith("```"):
            fence = "" if fence else line
            found.append(line)
        elif fence == "```mermaid":
            found.append(NAMES.sub("", line))
        elif fence:
            found.append(line)
        elif line.startswith("    "):
            found.append(line.partition("# ")[0].rstrip())
        else:
            start = re.match(r"#+ |\*\*|\* |<!--|!?\[| {2}", line)
            found.append(start[0] if start else "prose" if line else "")
    return found


def parts(line: str) -> dict[str, list[str]]:
    """What must stand in a line of both editions: links, pictures, names in code, and numbers."""
    links = [link for link in re.findall(r"\]\(([^)]+)\)", line) if link not in (ENGLISH, CHINESE)]
    links = [link.replace("-zh.png", ".png") for link in links]
    prose = re.sub(r"\]\([^)]+\)|`[^`]*`", " ", line)
    numbers = re.findall(r"\d[\d,.:/]*\d|\d", prose)
    return {"links": links, "code": sorted(re.findall(r"`([^`]*)`", line)), "numbers": sorted(numbers)}


def test_each_line_of_one_edition_has_its_line_in_the_other() -> None:
    english, chinese = kinds(ENGLISH), kinds(CHINESE)
    for number, (one, other) in enumerate(zip(english, chinese, strict=False), 1):
        assert one == other, number
    assert len(english) == len(chinese)


def test_each_line_names_the_same_pages_commands_and_numbers() -> None:
    for number, (one, other) in enumerate(zip(lines(ENGLISH), lines(CHINESE), strict=True), 1):
        if not one.startswith(("    ", "`")):
            assert parts(one) == parts(other), number


def test_each_edition_leads_to_the_other() -> None:
    assert f"]({CHINESE})" in lines(ENGLISH)[2]
    assert f"]({ENGLISH})" in lines(CHINESE)[2]


def test_each_edition_shows_pictures_in_its_language() -> None:
    for name, is_chinese in ((ENGLISH, False), (CHINESE, True)):
        shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", "\n".join(lines(name)))
        assert shown
        for picture in shown:
            assert (ROOT / picture).is_file()
            assert picture.endswith("-zh.png") is is_chinese
