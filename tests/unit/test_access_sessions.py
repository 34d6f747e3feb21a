"""A session is known by its secret alone, ends by itself, and can be ended; strangers lock nobody out."""

import stat
from pathlib import Path

import pytest

from cockpit.access.attempts import Attempt, Attempts
from cockpit.access.gate import is_among, safe_path, shown
from cockpit.access.roles import Role, Way
from cockpit.access.sessions import MOST_OF_ONE, Sessions, SessionsError


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    return Sessions(tmp_path / "s.sqlite3", idle=600, longest=3600, clock=clock)


def test_only_who_has_the_secret_has_the_session(sessions: Sessions, tmp_path: Path) -> None:
    secret = sessions.begin("anna", Role.ANALYST, Way.PASSWORD, "stamp")
    found = sessions.find(secret)
    assert found is not None
    assert (found.name, found.role, found.way, found.stamp) == ("anna", "analyst", "password", "stamp")
    for wrong in ("", "x", secret[:-1], secret + "a", "\ud800", "x" * 10_000):
        assert sessions.find(wrong) is None
    sessions.close()
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert secret.encode() not in kept, "only its hash is kept"
    assert stat.S_IMODE((tmp_path / "s.sqlite3").stat().st_mode) == 0o600


def test_a_session_ends_when_nobody_is_there_for_long(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.begin("anna", Role.VIEWER, Way.PASSWORD)
    for _ in range(3):
        clock.now += 599
        assert sessions.find(secret) is not None
    clock.now += 601
    assert sessions.find(secret) is None
    clock.now -= 601
    assert sessions.find(secret) is None, "what is over stays over"


def test_a_session_ends_some_time_however_busy_it_is(sessions: Sessions, clock: Clock) -> None:
    secret = sessions.begin("anna", Role.VIEWER, Way.PASSWORD)
    seen = 0
    while sessions.find(secret) is not None:
        clock.now += 300
        seen += 1
    assert seen == 3600 / 300 + 1


def test_sessions_are_ended_one_by_one_or_all_of_somebody(sessions: Sessions) -> None:
    first, second = (sessions.begin("anna", Role.VIEWER, Way.PASSWORD) for _ in range(2))
    other = sessions.begin("bo", Role.VIEWER, Way.PASSWORD)
    sessions.end(first)
    assert sessions.find(first) is None
    assert sessions.find(second) is not None
    assert sessions.end_all("anna") == 1
    assert sessions.find(second) is None
    assert sessions.find(other) is not None


def test_of_many_sessions_of_one_the_oldest_go(sessions: Sessions, clock: Clock) -> None:
    made = []
    for _ in range(MOST_OF_ONE + 3):
        clock.now += 1
        made.append(sessions.begin("anna", Role.VIEWER, Way.PASSWORD))
    assert [sessions.find(each) is not None for each in made] == [False] * 3 + [True] * MOST_OF_ONE


def test_sessions_outlive_the_process_and_a_damaged_file_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    before = Sessions(path, 600, 3600)
    secret, key = before.begin("anna", Role.VIEWER, Way.PASSWORD), before.key("forms")
    before.close()
    after = Sessions(path, 600, 3600)
    assert after.find(secret) is not None
    assert after.key("forms") == key != after.key("devices")
    after.close()
    path.write_bytes(b"no database at all, and long enough to be one" * 100)
    anew = Sessions(path, 600, 3600)
    assert anew.find(secret) is None
    assert anew.begin("anna", Role.VIEWER, Way.PASSWORD)


def test_a_place_where_nothing_can_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionsError, match="can't be used"):
        Sessions(tmp_path / "file" / "s.sqlite3", 600, 3600)


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(b"k" * 32, clock)


def test_a_few_attempts_are_free_then_they_take_time(attempts: Attempts, clock: Clock) -> None:
    anna = Attempt("anna", "10.0.0.1")
    assert [attempts.wait(anna) for _ in range(5)] == [0] * 5
    assert attempts.wait(anna) == pytest.approx(60)
    clock.now += 61
    assert attempts.wait(anna) == 0


def test_who_tries_many_names_waits_too(attempts: Attempts) -> None:
    waited = [attempts.wait(Attempt(f"user{number}", "10.0.0.1")) for number in range(30)]
    assert waited.count(0) == 20
    assert attempts.wait(Attempt("user1", "10.0.0.2")) == 0, "others have nothing to do with it"


def test_strangers_who_guess_from_everywhere_do_not_lock_the_owner_out(attempts: Attempts) -> None:
    device = attempts.device("anna")
    for number in range(200):
        attempts.wait(Attempt("anna", f"10.1.{number}.1"))
    assert attempts.wait(Attempt("anna", "10.2.0.1")) > 0
    assert attempts.wait(Attempt("anna", "10.2.0.1", device)) == 0
    assert attempts.wait(Attempt("bo", "10.2.0.1")) == 0


@pytest.mark.parametrize("device", ["", ".", "a.b", "x" * 5000, "\ud800.\ud800"])
def test_a_device_that_was_never_given_out_is_a_stranger(attempts: Attempts, device: str) -> None:
    assert not attempts.is_known(Attempt("anna", "10.0.0.1", device))
    given = attempts.device("anna")
    assert attempts.is_known(Attempt("anna", "10.0.0.1", given))
    assert not attempts.is_known(Attempt("bo", "10.0.0.1", given)), "it is good for one name"


def test_a_device_too_has_only_a_few_attempts(attempts: Attempts) -> None:
    anna = Attempt("anna", "10.0.0.1", attempts.device("anna"))
    assert [attempts.wait(anna) for _ in range(5)] == [0] * 5
    assert attempts.wait(anna) > 0
    attempts.succeeded(anna)
    assert attempts.wait(anna) == 0


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/funnel?by=channel&lang=zh", "/funnel?by=channel&lang=zh"),
        ("/leads/crm%3As%3A1", "/leads/crm%3As%3A1"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/login?to=/login", "/"),
        ("/logout", "/"),
        ("/" + "a" * 2000, "/"),
    ],
)
def test_a_login_leads_nowhere_else(wanted: str, led_to: str) -> None:
    assert safe_path(wanted) == led_to


def test_addresses_are_looked_for_in_networks() -> None:
    networks = ("10.0.0.7", "fd00::/8", "192.168.1.0/24")
    assert is_among("10.0.0.7", networks)
    assert is_among("::ffff:10.0.0.7", networks)
    assert is_among("fd00::1%eth0", networks)
    assert is_among("192.168.1.9", networks)
    assert not is_among("10.0.0.8", networks)
    assert not is_among("", networks)
    assert not is_among("unix", networks)


def test_a_line_of_the_log_is_one_line_without_contacts() -> None:
    assert shown("/leads/a\nb") == "/leads/a\\nb"
    assert "corp.example" not in shown("/search/anna@corp.example")
