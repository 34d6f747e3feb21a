"""A process that confined itself reaches the files and ports that it named, and nothing else ever again."""

import subprocess
import sys
from pathlib import Path

import pytest

from stack import folder, landlock

pytestmark = pytest.mark.skipif(
    not landlock.version(), reason="this kernel can't confine a process (Landlock)"
)

CONFINED = """
import os, socket, sys, threading
from pathlib import Path
from stack import landlock

mine, other, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
assert landlock.confine([(mine, landlock.EVERYTHING)], [port])

def attempt(what):
    try:
        what()
        print("done")
    except OSError as error:
        print(type(error).__name__)

attempt(lambda: (mine / "new").write_text("x"))
attempt(lambda: (mine / "new").rename(mine / "below" / "moved"))
attempt(lambda: (mine / "below" / "moved").unlink())
attempt(lambda: (other / "secret").read_text())
attempt(lambda: (mine / "link").read_text())
attempt(lambda: (other / "new").write_text("x"))
attempt(lambda: Path("/proc/self/environ").read_bytes())
attempt(lambda: os.listdir(other))
attempt(lambda: socket.create_server(("127.0.0.1", port)))
attempt(lambda: socket.create_server(("127.0.0.1", 0)))
attempt(lambda: socket.create_connection(("127.0.0.1", port)))
thread = threading.Thread(target=attempt, args=[lambda: (other / "secret").read_text()])
thread.start()
thread.join()
"""


@pytest.mark.enable_socket
def test_a_confined_process_reaches_what_it_named(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    (mine / "below").mkdir(parents=True)
    other.mkdir()
    (other / "secret").write_text("x")
    (mine / "link").symlink_to(other / "secret")
    command = [sys.executable, "-c", CONFINED, str(mine), str(other), str(folder.any_port())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = done.stdout.split()
    assert told[:3] == ["done"] * 3
    assert told[3:8] == ["PermissionError"] * 5
    if landlock.version() >= 4:
        assert told[8:11] == ["done", "PermissionError", "PermissionError"]
    assert told[11] == "PermissionError"


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        landlock.confine([(tmp_path / "nowhere", landlock.READ_FILE)], [])
