"""Every stored message, good and bad, is what its place and its name say."""

import json
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.codec import DecodeError, decode, encode
from schemas.json_schema import json_schema, types_of
from schemas.topics import DEAD_LETTERS, TOPICS

EXAMPLES = Path("schemas/examples")
GOOD = sorted(EXAMPLES.glob("*/*.v1/*.json"))
BAD = sorted(EXAMPLES.glob("*/*.v1/bad/*.json"))
REASONS = {"json_invalid", "schema_invalid", "unknown_type", "unknown_version"}
# What only the codec can tell: the bytes are no JSON at all, so no schema comes to see them.
UNREADABLE = {"json_invalid"}


def place_of(path: Path) -> tuple[str, str]:
    """The topic and the type that an example stands under."""
    topic, kind = path.relative_to(EXAMPLES).parts[:2]
    return topic, kind.removesuffix(".v1")


def name_of(path: Path) -> str:
    return str(path.relative_to(EXAMPLES).with_suffix(""))


def validator_of(path: Path) -> Draft202012Validator:
    topic, kind = place_of(path)
    return Draft202012Validator(json_schema(kind, types_of(topic)[kind]))


def held_in(value: Any, whole: Any) -> bool:
    """Say whether everything in `value` is in `whole` too, at the same place."""
    if isinstance(value, dict):
        return isinstance(whole, dict) and all(
            name in whole and held_in(held, whole[name]) for name, held in value.items()
        )
    if isinstance(value, list):
        return isinstance(whole, list) and len(value) == len(whole) and all(map(held_in, value, whole))
    return bool(value == whole and type(value) is type(whole))


@pytest.mark.parametrize("path", GOOD, ids=name_of)
def test_a_good_message_comes_back_as_it_was(path: Path) -> None:
    topic, _ = place_of(path)
    value = decode(topic, path.read_bytes())
    assert decode(topic, encode(value)) == value
    if not is_dataclass(value):
        # Snapshots leave out what they always are.
        assert held_in(json.loads(path.read_bytes()), json.loads(encode(value)))


@pytest.mark.parametrize("path", GOOD, ids=name_of)
def test_a_good_message_is_of_the_type_that_its_folder_names(path: Path) -> None:
    topic, kind = place_of(path)
    assert type(decode(topic, path.read_bytes())) is types_of(topic)[kind]


@pytest.mark.parametrize("path", GOOD, ids=name_of)
def test_a_good_message_fits_its_json_schema(path: Path) -> None:
    validator_of(path).validate(json.loads(path.read_bytes()))


@pytest.mark.parametrize("path", BAD, ids=name_of)
def test_a_bad_message_is_refused_for_the_reason_in_its_name(path: Path) -> None:
    reason = path.stem.rpartition(".")[2]
    assert reason in REASONS
    with pytest.raises(DecodeError) as refused:
        decode(place_of(path)[0], path.read_bytes())
    assert refused.value.reason == reason
    assert str(refused.value)


@pytest.mark.parametrize("path", BAD, ids=name_of)
def test_the_refusal_never_quotes_the_message(path: Path) -> None:
    """It goes into logs and headers, and the message may hold personal data, in its keys as well."""
    with pytest.raises(DecodeError) as refused:
        decode(place_of(path)[0], path.read_bytes())
    said = str(refused.value)
    text = path.read_bytes().decode("utf-8", "replace")
    assert not [
        word for word in ("someone@", "13800138000", "480,000", "carrier", "0b4c1a52") if word in said
    ]
    assert not [value for value in texts_in(text) if value in said]


def texts_in(text: str) -> list[str]:
    """All texts in a message that are long enough not to be in a sentence by chance."""
    try:
        waiting = [json.loads(text)]
    except ValueError:
        return []
    found = []
    while waiting:
        match waiting.pop():
            case dict() as held:
                waiting.extend(held.values())
            case list() as held:
                waiting.extend(held)
            case str() as held if len(held) > 4 and "_" not in held:
                found.append(held)
            case _:
                pass
    return found


@pytest.mark.parametrize(
    "path", [path for path in BAD if path.stem.rpartition(".")[2] not in UNREADABLE], ids=name_of
)
def test_the_json_schema_refuses_it_too(path: Path) -> None:
    assert not validator_of(path).is_valid(json.loads(path.read_bytes()))


def test_every_type_has_good_and_bad_examples() -> None:
    types = {(topic.name, kind) for topic in TOPICS for kind in types_of(topic.name)}
    assert {place_of(path) for path in GOOD} == types
    assert {place_of(path) for path in BAD} == types


def test_every_reason_has_an_example() -> None:
    assert {path.stem.rpartition(".")[2] for path in BAD} == REASONS


def test_only_the_topic_of_raw_bytes_has_no_types() -> None:
    assert [topic for topic in TOPICS if not types_of(topic.name)] == [DEAD_LETTERS]


def test_nothing_lies_where_no_test_looks() -> None:
    assert set(EXAMPLES.rglob("*.*")) - set(EXAMPLES.glob("*/*.v1")) - set(EXAMPLES.glob("*.*")) == {
        *GOOD,
        *BAD,
    }
