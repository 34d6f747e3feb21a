"""Write the sources of integrations/dbt from the database for BI tools; --check only says if they are stale."""

import re
import sys
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sinks.kept import Made, databases, plan
from sinks.view_texts import views

FILE = ROOT / "integrations/dbt/models/sources.yml"
COLUMN: Final = re.compile(r"^    `(\w+)` .+? COMMENT '((?:[^']|'')*)',?$", re.MULTILINE)
COMMENT: Final = re.compile(r"\nCOMMENT '((?:[^']|'')*)'$")
TIMEZONE: Final = "LEADTRACE_TIMEZONE"

HEAD = """# Written by docs/generate_dbt.py from the comments in sinks/sql/views/. Change those, then run it again.
version: 2

sources:
  - name: leadtrace
    description: The views for BI tools; heavy ones are kept as tables and made anew as a whole.
    schema: "{{ env_var('LEADTRACE_BI_DATABASE', 'bi') }}"
    tables:
"""


def main(arguments: list[str]) -> int:
    """Write the file, or compare it; return 1 if it is stale."""
    wanted = text().encode()
    if FILE.exists() and FILE.read_bytes() == wanted:
        return 0
    if "--check" in arguments:
        print(f"{FILE.relative_to(ROOT)} is stale: run python docs/generate_dbt.py")
        return 1
    FILE.write_bytes(wanted)
    print(f"wrote {FILE.relative_to(ROOT)}")
    return 0


def text() -> str:
    """Return the text of the sources: each view with its columns."""
    where = databases("leadtrace")
    made = plan(views(TIMEZONE), where, TIMEZONE, 60)
    return HEAD + "".join(source(each) for each in made if each.database == where.bi)


def source(view: Made) -> str:
    """One view as a source."""
    comment = COMMENT.search(view.statement)
    if comment is None:
        raise ValueError(f"the view {view.name} has no comment")
    lines = [f"      - name: {view.name}", f"        description: {quoted(comment[1])}", "        columns:"]
    lines += [
        f"          - {{name: {name}, description: {quoted(told)}}}"
        for name, told in COLUMN.findall(view.statement)
    ]
    return "\n".join(lines) + "\n"


def quoted(comment: str) -> str:
    """A comment of SQL as a text of YAML."""
    said = comment.replace("''", "'").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{said}"'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
