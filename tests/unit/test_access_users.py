"""Who may log in stands in a file, with hashes; it is read again when it changes, and used only if whole."""

import os
import stat
from datetime import date
from pathlib import Path

import pytest

from cockpit.access import users
from cockpit.access.passwords import PasswordError, hashed, verify
from cockpit.access.roles import Role, role_in
from cockpit.access.users import Users, UsersError
from settings import Settings

DAY = date(2026, 5, 1)
GOOD = hashed("correct horse battery")
USER = f'[users.anna]\nrole = "viewer"\npassword = "{GOOD}"\nadded = 2026-05-01\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cockpit-users.toml"


def test_a_password_is_kept_as_a_hash_that_only_it_fits() -> None:
    assert GOOD.startswith("$argon2id$")
    assert verify(GOOD, "correct horse battery")
    assert not verify(GOOD, "correct horse batterx")
    assert hashed("correct horse battery") != GOOD, "a salt of its own"


def test_an_accent_may_be_typed_in_either_of_two_ways() -> None:
    assert verify(hashed("caf\u00e9 caf\u00e9 caf\u00e9"), "cafe\u0301 cafe\u0301 cafe\u0301")


@pytest.mark.parametrize("password", ["", "short", "x" * 1001])
def test_what_is_no_password_is_refused(password: str) -> None:
    with pytest.raises(PasswordError, match="12 to 1000"):
        hashed(password)


@pytest.mark.parametrize("known", [None, "", "$argon2id$v=19$broken", "plain text"])
def test_nobody_has_no_password(known: str | None) -> None:
    assert not verify(known, "")
    assert not verify(known, "correct horse battery")


def test_users_are_added_changed_and_removed(path: Path) -> None:
    assert users.add(path, "anna", Role.VIEWER, GOOD, DAY)
    assert users.add(path, "bo", Role.ADMIN, GOOD, DAY)
    assert not users.add(path, "anna", Role.ANALYST, GOOD, date(2026, 6, 1))
    known = users.read(path)
    assert {name: account.role for name, account in known.items()} == {"anna": "analyst", "bo": "admin"}
    assert known["anna"].added == DAY
    assert list(users.remove(path, "anna")) == ["bo"]
    with pytest.raises(UsersError, match="no user 'anna'; the users are bo"):
        users.remove(path, "anna")


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    users.add(path, "anna", Role.VIEWER, GOOD, DAY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "Anna", "anna@corp.example", "../x", 'a"b', "a\nb", "-a", "x" * 65])
def test_a_name_is_plain_and_no_address(path: Path, name: str) -> None:
    with pytest.raises(UsersError, match="no e-mail address"):
        users.add(path, name, Role.VIEWER, GOOD, DAY)
    assert not path.exists()


def test_a_change_of_the_file_counts_at_once(path: Path) -> None:
    current = Users(path)
    assert current.current() == {}
    assert not current.was_there
    users.add(path, "anna", Role.VIEWER, GOOD, DAY)
    assert list(current.current()) == ["anna"]
    users.remove(path, "anna")
    assert current.current() == {}
    path.unlink()
    assert current.current() == {}
    assert current.was_there, "that nobody had to log in is over, even if the file goes"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[users.anna", "is no TOML"),
        ("\xff", "is no TOML"),
        ("[people.anna]", "nothing but"),
        ("users = 1", "nothing but"),
        ("[users]\nanna = 1", "must have role, password, added"),
        ('[users.anna]\nrole = "viewer"', "must have role, password, added"),
        (USER + "boss = true\n", "must have role, password, added"),
        (USER.replace("viewer", "boss"), "'boss'; the roles are viewer, analyst, admin"),
        (USER.replace('"viewer"', "1"), "in quotes"),
        (USER.replace(GOOD, "secret word"), "no argon2id hash"),
        (USER.replace("anna", '"anna@corp.example"'), "a user has a name with more"),
    ],
)
def test_a_file_that_is_not_whole_lets_nobody_in_and_shows_no_secret(
    path: Path, text: str, says: str
) -> None:
    users.add(path, "bo", Role.ADMIN, GOOD, DAY)
    current = Users(path)
    assert current.current()
    path.write_bytes(text.encode("latin-1"))
    os.utime(path, ns=(1, 1))
    with pytest.raises(UsersError, match=says) as caught:
        current.current()
    assert "secret" not in str(caught.value)
    assert GOOD[-20:] not in str(caught.value)


def test_who_may_more_may_also_less() -> None:
    assert [[role.may(needed) for needed in Role] for role in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_the_highest_role_of_all_groups_counts() -> None:
    rules = ("marketing=viewer", "data=analyst", "a=b=admin")
    assert role_in(["marketing", "data"], rules) == Role.ANALYST
    assert role_in(["a=b"], rules) == Role.ADMIN
    assert role_in(["sales"], rules) is None
    assert role_in([], (*rules, "*=viewer")) == Role.VIEWER


def test_settings_say_where_the_file_is(tmp_path: Path) -> None:
    assert users.users_file(Settings(data_dir=tmp_path)) == tmp_path / "cockpit-users.toml"
    assert users.users_file(Settings(cockpit_users=tmp_path / "u")) == tmp_path / "u"
