"""What each stored sample is read as: `python tests/samples/expected.py` writes the answers anew, for review.

A sample is a file in the layout of a console, with invented data; beside it stands its `.expected.json`,
whose `options` say what a user would say. After a change, run this and read the difference.
"""

import json
from pathlib import Path
from typing import Any

from producers.imports import Plan, plan_sem
from producers.sem.options import SemOptions

FOLDER = Path(__file__).parent / "sem"
RECEIVED_AT = 1796083200000  # 2026-12-01 in UTC
MADE_AT = 1795651200000  # 2026-11-26 in UTC
_ENVELOPE = ("type", "event_id", "received_at", "source", "schema_version", "subject")


def samples() -> list[Path]:
    """Return the stored samples."""
    return sorted(path for path in FOLDER.iterdir() if not path.name.endswith(".expected.json"))


def expected_path(sample: Path) -> Path:
    """Return where the expected outcome of a sample stands."""
    return sample.with_name(sample.name + ".expected.json")


def stored(sample: Path) -> dict[str, Any]:
    """Return the stored outcome of a sample; only its options if there is none yet."""
    path = expected_path(sample)
    return json.loads(path.read_text("utf-8")) if path.exists() else {"options": {}}


def plan_of(sample: Path, **more: Any) -> Plan:
    """Read a sample with its options."""
    options = {"received_at": RECEIVED_AT, "as_of": MADE_AT, **stored(sample)["options"], **more}
    kind = options.pop("kind", None)
    return plan_sem(sample.read_bytes(), sample.name, SemOptions(**options), kind)


def outcome(sample: Path) -> dict[str, Any]:
    """Return what a sample is read as: an error, or facts, rows that are left out, and notes."""
    plan = plan_of(sample)
    told: dict[str, Any] = {"options": stored(sample)["options"]}
    if plan.error:
        return told | {"error": plan.error}
    return told | {
        "summary": plan.summary,
        "facts": [_fact(fact.model_dump()) for fact in plan.facts],
        "left out": [str(reject) for reject in plan.rejects],
        "notes": list(plan.notes),
        "understood": list(plan.understood),
    }


def _fact(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != "" and name not in _ENVELOPE}


def main() -> None:
    """Write the outcome of every sample beside it."""
    for sample in samples():
        text = json.dumps(outcome(sample), ensure_ascii=False, indent=1)
        expected_path(sample).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
