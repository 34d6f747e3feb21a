"""Imports an export into the Superset whose Python runs this, and prints what each chart answers, as JSON.

superset_answers.py EXPORT.zip FILE_OF_THE_CONNECTION PASSWORD
"""

import json
import sys
from pathlib import Path
from typing import Any

from superset.app import create_app  # type: ignore[import-not-found]  # of another environment

ADMIN = {"username": "admin", "password": "admin", "provider": "db", "refresh": False}


def main(export: str, connection: str, password: str) -> None:
    """Import, ask, and print."""
    client = create_app().test_client()
    token = client.post("/api/v1/security/login", json=ADMIN).json["access_token"]
    given = {"headers": {"Authorization": f"Bearer {token}"}}
    with Path(export).open("rb") as file:
        form = {"formData": (file, "export.zip"), "passwords": json.dumps({connection: password})}
        imported = client.post(
            "/api/v1/dashboard/import/", data=form, content_type="multipart/form-data", **given
        )
    dashboard = client.get("/api/v1/dashboard/leadtrace/charts", **given).json
    charts = client.get("/api/v1/chart/?q=(page_size:100)", **given).json["result"]
    answers = {each["slice_name"]: answer(client, each["id"], given) for each in charts}
    on_it = [each["slice_name"] for each in dashboard.get("result", [])]
    print(json.dumps({"imported": imported.json, "on the dashboard": on_it, "answers": answers}))


def answer(client: Any, chart: int, given: dict[str, Any]) -> dict[str, Any]:
    """What a chart shows: its rows, or what is wrong."""
    told = client.get(f"/api/v1/chart/{chart}/data/", **given)
    if told.status_code != 200:
        return {"error": told.get_data(as_text=True)[:500], "rows": []}
    (result,) = told.json["result"]
    refused = [*result.get("rejected_filters", []), *([result["error"]] if result["error"] else [])]
    return {"error": str(refused) if refused else "", "rows": result["data"]}


if __name__ == "__main__":
    main(*sys.argv[1:])
