"""Write docs/contracts/ from the code: the collector as OpenAPI, the topics as AsyncAPI, the views as ODCS.

--check only says what is stale.
"""

import json
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from contract_collector import openapi
from contract_topics import asyncapi
from contract_views import contract

FOLDER = ROOT / "docs/contracts"
HEAD = "# Written by docs/generate_contracts.py from the code. Change that, then run it again.\n"


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; return 1 if one of them is stale."""
    stale = [name for name, text in texts().items() if _present(name) != text]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/contracts/{name} is stale: run python docs/generate_contracts.py")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(texts()[name], encoding="utf-8")
        print(f"wrote docs/contracts/{name}")
    return 0


def texts() -> dict[str, str]:
    """Return the text of each file by its name."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    views = yaml.safe_dump(contract(version), sort_keys=False, allow_unicode=True, width=110)
    return {
        "collector.openapi.json": json.dumps(openapi(version), indent=2, ensure_ascii=False) + "\n",
        "topics.asyncapi.json": json.dumps(asyncapi(version), indent=2, ensure_ascii=False) + "\n",
        "views.odcs.yaml": HEAD + views,
    }


def _present(name: str) -> str:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
