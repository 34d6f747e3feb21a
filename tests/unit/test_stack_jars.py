"""Kafka's jars are downloaded once, as they were locked, and a refusal is told in one sentence."""

import hashlib
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from stack import kafka_jars
from stack.errors import StackError
from stack.kafka_jars import Jar

CONTENT = {"kafka_2.13": b"k" * 2_000_000, "slf4j-api": b"s" * 10}
JARS = tuple(
    Jar("org.example", name, "1.0", len(content), hashlib.sha256(content).hexdigest())
    for name, content in CONTENT.items()
)


class Repository:
    """Stands for Maven Central behind the Maven client: same calls, files from memory."""

    def __init__(self, folder: Path, content: dict[str, bytes], failure: Exception | None = None) -> None:
        self.folder, self.content, self.failure = folder, content, failure
        self.asked: list[str] = []

    def project(self, group: str, artifact: str) -> SimpleNamespace:
        del group

        def resolve() -> Path:
            self.asked.append(artifact)
            if self.failure:
                raise self.failure
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / artifact
            path.write_bytes(self.content[artifact])
            return path

        made = SimpleNamespace(resolve=resolve)
        return SimpleNamespace(at_version=lambda _: SimpleNamespace(artifact=lambda: made))


@pytest.fixture
def central(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository = Repository(tmp_path / "staging", dict(CONTENT))
    monkeypatch.setattr(kafka_jars, "locked", lambda: JARS)
    monkeypatch.setattr(kafka_jars, "mirror", lambda: None)
    monkeypatch.setattr(kafka_jars, "maven", lambda *_: repository)
    return repository


def test_the_lock_names_the_broker_and_one_version_of_each_jar() -> None:
    jars = kafka_jars.locked()
    assert ("kafka_2.13", kafka_jars.VERSION) in [(jar.artifact, jar.version) for jar in jars]
    assert len({jar.artifact for jar in jars}) == len(jars)
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {kafka_jars.VERSION}


def test_the_first_start_downloads_with_progress_and_the_next_one_nothing(
    tmp_path: Path, central: Repository
) -> None:
    said: list[str] = []
    folder = kafka_jars.fetch(tmp_path, said.append)
    assert {path.name: path.read_bytes() for path in folder.glob("*.jar")} == {
        f"{name}-1.0.jar": content for name, content in CONTENT.items()
    }
    assert said[0] == (
        f"Kafka {kafka_jars.VERSION}: downloading 2 files, 2 MB, once, from {kafka_jars.CENTRAL} to {folder}"
    )
    assert any("kafka_2.13-1.0.jar" in line for line in said[1:])
    said.clear()
    central.asked.clear()
    assert kafka_jars.fetch(tmp_path, said.append) == folder
    assert (said, central.asked) == ([], [])


def test_a_download_that_was_interrupted_goes_on_where_it_stopped(
    tmp_path: Path, central: Repository
) -> None:
    folder = kafka_jars.fetch(tmp_path, lambda _: None)
    (folder / "slf4j-api-1.0.jar").unlink()
    central.asked.clear()
    kafka_jars.fetch(tmp_path, lambda _: None)
    assert central.asked == ["slf4j-api"]


def test_a_file_with_another_content_is_refused(tmp_path: Path, central: Repository) -> None:
    central.content["slf4j-api"] = b"x" * 10
    with pytest.raises(StackError, match=r"slf4j-api-1\.0\.jar .* is not the file that was expected"):
        kafka_jars.fetch(tmp_path, lambda _: None)
    assert not (tmp_path / f"kafka-{kafka_jars.VERSION}" / "slf4j-api-1.0.jar").exists()


@pytest.mark.parametrize("failure", [requests.ConnectionError("refused"), RuntimeError("not found")])
def test_a_network_that_says_no_is_one_sentence(
    tmp_path: Path, central: Repository, failure: Exception
) -> None:
    central.failure = failure
    with pytest.raises(StackError) as error:
        kafka_jars.fetch(tmp_path, lambda _: None)
    text = str(error.value)
    assert "can't be downloaded from https://repo.maven.apache.org/maven2" in text
    assert "LEADTRACE_KAFKA" in text
    assert "\n" not in text


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, central: Repository) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match="set LEADTRACE_CACHE_DIR to a folder that can be written"):
        kafka_jars.fetch(tmp_path / "file", lambda _: None)


def test_two_starts_download_once(tmp_path: Path, central: Repository) -> None:
    said: list[str] = []
    lock = tmp_path / f"kafka-{kafka_jars.VERSION}.lock"
    with kafka_jars.only_one(lock, said.append):
        second = threading.Thread(target=kafka_jars.fetch, args=(tmp_path, said.append))
        second.start()
        second.join(0.3)
        assert second.is_alive()
        assert central.asked == []
    second.join(10)
    assert said[0] == f"Kafka {kafka_jars.VERSION}: another process is downloading it; waiting"
    assert sorted(central.asked) == sorted(CONTENT)


SETTINGS = """\
<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0"><mirrors><mirror>
<id>near</id><mirrorOf>{of}</mirrorOf><url>https://maven.example.com/public/</url>
</mirror></mirrors></settings>
"""


@pytest.mark.parametrize(
    ("of", "used"),
    [("central", True), ("*", True), ("external:*", True), ("*, !central", False), ("jcenter", False)],
)
def test_a_mirror_in_the_maven_settings_is_used(tmp_path: Path, of: str, used: bool) -> None:
    path = tmp_path / "settings.xml"
    path.write_text(SETTINGS.format(of=of))
    assert kafka_jars.mirror(path) == ("https://maven.example.com/public" if used else None)


def test_maven_settings_that_are_missing_or_broken_say_nothing(tmp_path: Path) -> None:
    assert kafka_jars.mirror(tmp_path / "none.xml") is None
    (tmp_path / "bad.xml").write_text("<settings>")
    assert kafka_jars.mirror(tmp_path / "bad.xml") is None
