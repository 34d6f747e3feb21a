"""`leadtrace backfill` says what is missing, keeps how far it came, and tells no secret."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import settings
from cli.backfill import PlacesFile, ReadOnly
from cli.main import main
from producers.crm.backfill.running import Reached
from settings import Settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(settings.PREFIX + name.upper(), raising=False)
    monkeypatch.setenv("LEADTRACE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LEADTRACE_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("LEADTRACE_CLICKHOUSE", "127.0.0.1:1")
    monkeypatch.setenv("LEADTRACE_TOKEN_KEY", "a key that only tests use")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["backfill", *words], prog_name="leadtrace")


@pytest.mark.parametrize(
    ("system", "given", "missing"),
    [
        ("hubspot", {}, "LEADTRACE_BACKFILL_HUBSPOT_TOKEN is not set"),
        ("salesforce", {}, "LEADTRACE_BACKFILL_SALESFORCE_URL is not set"),
        ("salesforce", {"URL": "https://acme.my.salesforce.com"}, "LEADTRACE_BACKFILL_SALESFORCE_CLIENT_ID"),
    ],
)
def test_what_is_not_set_is_named(
    system: str, given: dict[str, str], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"LEADTRACE_BACKFILL_SALESFORCE_{name}", value)
    done = run(system, "--since", "2026-01-01", "--dry-run")
    assert done.exit_code == 1
    assert missing in done.stderr
    assert not done.stdout


def test_a_url_without_tls_and_a_day_to_come_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADTRACE_BACKFILL_HUBSPOT_TOKEN", "pat-secret-0001")
    late = run("hubspot", "--since", "2099-01-01", "--dry-run")
    assert (late.exit_code, "--since is in the future" in late.stderr) == (2, True)
    monkeypatch.setenv("LEADTRACE_BACKFILL_HUBSPOT_URL", "http://api.example.com")
    open_way = run("hubspot", "--since", "2026-01-01")
    assert open_way.exit_code == 1
    assert "passwords would travel in clear text" in open_way.stderr
    assert "pat-secret" not in open_way.output + late.output


def test_how_far_a_part_is_read_stands_in_a_private_file_and_a_dry_run_leaves_it(tmp_path: Path) -> None:
    places = PlacesFile(tmp_path / "backfill", "hubspot")
    assert places.read("deals") is None
    places.write("deals", Reached(1, 2, False))
    places.write("contacts", Reached(3, 4, True))
    ReadOnly(places).write("deals", Reached(9, 9, True))
    again = PlacesFile(tmp_path / "backfill", "hubspot")
    assert (again.read("deals"), again.read("contacts")) == (Reached(1, 2, False), Reached(3, 4, True))
    path = tmp_path / "backfill" / "hubspot.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("[", encoding="utf-8")
    assert again.read("deals") is None
