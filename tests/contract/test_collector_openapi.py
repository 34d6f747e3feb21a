"""The collector answers as its OpenAPI document says, whatever Schemathesis makes of that document."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from collecting import ADMIN_KEY, KEYS, Site, collecting

pytestmark = pytest.mark.enable_socket

PROGRAM = Path(given).absolute() if (given := os.environ.get("SCHEMATHESIS")) else None
DOCUMENT = Path("docs/contracts/collector.openapi.json").resolve()
# What is asked of every answer: no 5xx, and status, content type and body as the document says.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


@pytest.mark.skipif(not PROGRAM, reason="Schemathesis is not installed here: make contract does that")
@pytest.mark.parametrize("keys", [{}, KEYS], ids=["anybody may send", "keys are asked for"])
def test_the_collector_answers_as_its_document_says(keys: dict[str, object], tmp_path: Path) -> None:
    async def story(site: Site) -> None:
        assert PROGRAM is not None
        command = (PROGRAM, "run", DOCUMENT, "--url", f"http://127.0.0.1:{site.port}", "--max-examples", "12",
                   "--checks", ",".join(CHECKS), "--suppress-health-check", "all", "--seed", "11",
                   "--header", f"Authorization: Bearer {ADMIN_KEY}")  # fmt: skip
        # It keeps what it found in the folder where it runs.
        ran = await asyncio.to_thread(
            subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
        assert site.facts(), "not one event of the document's own was taken"

    collecting(story, **keys)
