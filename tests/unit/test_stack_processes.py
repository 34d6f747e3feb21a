"""Supervised programs are started, watched, restarted, given up and stopped as their supervisor promises."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from stack import logs, outages, tied
from stack.errors import StackError
from stack.processes import Program, Supervisor, describe, orderly_end


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    with Supervisor(tmp_path / "logs", said.append) as running:
        yield running


def python(name: str, code: str, **more: object) -> Program:
    return Program(name, (sys.executable, "-c", code), **more)  # type: ignore[arg-type]  # a stand-in


def wait_for(what: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it didn't happen in time"
        time.sleep(0.02)


def started(folder: Path) -> str:
    """Code that leaves a line for each start and then does nothing."""
    return f"import time; open({str(folder / 'starts')!r}, 'a').write('x'); time.sleep(60)"


def starts(folder: Path) -> int:
    path = folder / "starts"
    return len(path.read_text()) if path.exists() else 0


def has_started(folder: Path, times: int) -> bool:
    return starts(folder) == times


def test_a_program_is_awaited_until_it_is_ready(supervisor: Supervisor, tmp_path: Path) -> None:
    program = python("worker", started(tmp_path), ready=lambda: starts(tmp_path) == 1)
    supervisor.start(program)
    assert starts(tmp_path) == 1
    assert psutil.pid_exists(supervisor.pid("worker") or 0)


def test_a_program_gets_its_secrets_by_environment_alone(supervisor: Supervisor, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = f"import os, time; open({str(out)!r}, 'w').write(os.environ['KEY']); time.sleep(60)"
    supervisor.start(
        python("worker", code, env={"KEY": "s3cret"}, ready=lambda: out.exists() and bool(out.read_text()))
    )
    assert out.read_text() == "s3cret"
    assert "s3cret" not in " ".join(psutil.Process(supervisor.pid("worker")).cmdline())


def test_a_program_that_exits_is_started_again(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    code = f"""
import os, sys, time
first = not os.path.exists({str(tmp_path / "starts")!r})
open({str(tmp_path / "starts")!r}, "a").write("x")
time.sleep(0.3)
sys.exit(70) if first else time.sleep(60)
"""
    supervisor.start(python("worker", code, ready=lambda: starts(tmp_path) >= 1))
    wait_for(lambda: starts(tmp_path) == 2)
    assert supervisor.restarts("worker") == 1
    assert said[0].startswith("worker ended with exit code 70; it wrote nothing (log: ")
    supervisor.check()


def test_a_program_that_keeps_ending_is_tried_again_and_never_ends_the_others(
    supervisor: Supervisor, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.processes.LONGEST_PAUSE", 0.05)
    code = f"open({str(tmp_path / 'starts')!r}, 'a').write('x'); print('the queue is broken'); exit(3)"
    supervisor.start(python("collector", "import time; time.sleep(60)"))
    supervisor.start(python("worker", f"import time; time.sleep(0.2); {code}"))
    wait_for(lambda: starts(tmp_path) >= 8)
    supervisor.check()
    assert supervisor.pid("collector") is not None
    assert supervisor.restarts("collector") == 0
    why = "ended with exit code 3; its last line was: the queue is broken"
    log = tmp_path / "logs" / "worker.log"
    assert said == [
        f"worker {why} (log: {log}); it is started again, and all else goes on",
        f"worker ended 5 times in a row, the last time it {why} (log: {log}); "
        "it is tried again every 0.05 s, and all else goes on",
    ]
    down = outages.read(tmp_path)["worker"]
    assert down.deaths >= 7
    assert re.fullmatch(
        r"worker is down since \d\d:\d\d:\d\d, having ended \d+ times; the last time it ended with .*",
        down.sentence("worker"),
    )


def test_an_outage_ends_when_the_program_works_again(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    sign = tmp_path / "sign"
    code = f"import time; time.sleep(0.3); open({str(sign)!r}, 'w'); time.sleep(60)"
    supervisor.start(python("worker", code, ready=sign.exists, signs=(sign,)))
    os.kill(supervisor.pid("worker") or 0, signal.SIGKILL)
    wait_for(lambda: len(said) == 1)
    assert said[0].startswith("worker ended with signal SIGKILL; it wrote nothing")
    assert set(outages.read(tmp_path)) == {"worker"}
    wait_for(lambda: len(said) == 2)
    assert re.fullmatch(r"worker works again, after \d s", said[1])
    assert outages.read(tmp_path) == {}


def test_an_outage_that_can_t_be_written_down_is_said_and_ends_all_the_same(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "logs" / "outages.json.new").mkdir()
    supervisor.start(python("worker", "import time; time.sleep(60)"))
    os.kill(supervisor.pid("worker") or 0, signal.SIGKILL)
    wait_for(lambda: len(said) == 2)
    assert said[0].startswith("worker ended with signal SIGKILL; ")
    assert said[1].startswith("worker works again")
    supervisor.check()


def test_a_server_of_others_gets_nothing_of_our_environment(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADTRACE_TOKEN_KEY", "s3cret")
    out = tmp_path / "out"
    code = f"import os, time; open({str(out)!r}, 'w').write(' '.join(os.environ)); time.sleep(60)"
    ready = lambda: out.exists() and bool(out.read_text())  # noqa: E731 - said twice, it is shorter so
    supervisor.start(python("kafka", code, env={"GIVEN": "x"}, ready=ready, stranger=True))
    assert {"PATH", "GIVEN"} <= set(out.read_text().split())
    assert "LEADTRACE_TOKEN_KEY" not in out.read_text()


def test_a_program_that_was_never_ready_is_not_tried_again(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="collector ended with exit code 2; its last line was: no such port"):
        supervisor.start(python("collector", "print('no such port'); exit(2)", ready=lambda: False))
    assert supervisor.restarts("collector") == 0


def test_a_program_that_is_not_ready_in_time_is_named(supervisor: Supervisor) -> None:
    program = python(
        "loader", "import time; print('waiting', flush=True); time.sleep(60)",
        ready=lambda: False, ready_within=0.5,
    )  # fmt: skip
    with pytest.raises(StackError, match=r"loader was not ready within 0.5 s; its last line was: waiting"):
        supervisor.start(program)


def test_a_command_that_does_not_exist_is_named(supervisor: Supervisor) -> None:
    with pytest.raises(StackError, match="/no/such/program can't be started: No such file"):
        supervisor.start(Program("worker", ("/no/such/program",), ready=lambda: False))


def test_a_cause_that_is_known_replaces_the_last_line(supervisor: Supervisor) -> None:
    def reason(output: str) -> str | None:
        return "port 9 is taken" if "in use" in output else None

    program = python("kafka", "print('in use'); print('bye'); exit(1)", ready=lambda: False, reason=reason)
    with pytest.raises(StackError, match=r"^kafka ended with exit code 1; port 9 is taken$"):
        supervisor.start(program)


def test_kills_for_a_test_are_never_too_many(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(python("worker", started(tmp_path), ready=lambda: starts(tmp_path) == 1))
    for count in range(2, 9):
        killed = supervisor.kill9("worker")
        wait_for(partial(has_started, tmp_path, count))
        assert supervisor.pid("worker") != killed
    supervisor.check()


def test_a_killed_program_stays_away_as_long_as_asked(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(python("worker", started(tmp_path), ready=lambda: starts(tmp_path) == 1))
    supervisor.kill9("worker", restart_after=1.0)
    time.sleep(0.6)
    assert supervisor.pid("worker") is None
    wait_for(lambda: starts(tmp_path) == 2)


def test_programs_are_stopped_in_reverse_order(tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = """
import signal, sys, time
def stop(*_):
    open({path!r}, "a").write({name!r} + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
time.sleep(60)
"""
    with Supervisor(tmp_path, lambda _: None) as supervisor:
        for name in ("kafka", "worker", "loader"):
            log = tmp_path / f"{name}.log"
            supervisor.start(
                python(
                    name, code.format(path=str(order), name=name),
                    ready=lambda log=log: "up" in logs.tail(log),
                )
            )  # fmt: skip
    assert order.read_text().split() == ["loader", "worker", "kafka"]


def test_a_program_that_does_not_stop_is_killed_with_what_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = f"""
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open({str(child)!r}, "w").write(str(started.pid) + "\\n")
time.sleep(60)
"""
    program = python(
        "worker", code, ready=lambda: child.exists() and child.read_text().endswith("\n"), stop_within=0.3
    )
    with Supervisor(tmp_path, lambda _: None) as supervisor:
        supervisor.start(program)
        pid = supervisor.pid("worker")
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert not alive(pid or 0)
    wait_for(lambda: not alive(int(child.read_text())))


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


PARENT = """
import sys, time
from pathlib import Path
from stack.processes import Program, Supervisor
import stack.programs as programs

if sys.argv[2] == "watched":
    programs.tied.__file__ = sys.argv[3]
supervisor = Supervisor(Path(sys.argv[1]), print)
supervisor.start(Program("child", (sys.executable, "-c", "import time; time.sleep(60)")))
time.sleep(0.3)
print(supervisor.pid("child"), flush=True)
time.sleep(60)
"""
WITHOUT_KERNEL = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("tied", {path!r})
tied = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tied)
tied.ask_kernel = lambda: False
tied.main(sys.argv)
"""


@pytest.mark.parametrize("tie", ["by the kernel", "watched"])
def test_programs_die_with_a_supervisor_that_is_killed(tmp_path: Path, tie: str) -> None:
    script = tmp_path / "tied_without_kernel.py"
    script.write_text(WITHOUT_KERNEL.format(path=tied.__file__))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), tie, str(script)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    group = [each.pid for each in psutil.process_iter() if os.getpgid(each.pid) == pid]
    assert len(group) == (2 if tie == "watched" else 1)
    parent.kill()
    parent.communicate()
    wait_for(lambda: not any(alive(each) for each in group))


def test_a_log_is_kept_within_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    with logs.appending(path) as log:
        log.write(b"x" * 2000)
        log.flush()
        logs.limit(path, largest=1000)
        assert path.stat().st_size == 0
        log.write(b"the end\n")
        log.flush()
    assert (tmp_path / "kafka.log.1").stat().st_size == 2000
    assert logs.last_words(path) == f"its last line was: the end (log: {path})"
    assert path.stat().st_mode & 0o077 == 0


def test_a_java_trace_is_quoted_by_its_message(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    path.write_text("java.io.IOException: the index is corrupt\n\tat kafka.Log.load(Log.java:1)\n")
    assert logs.last_words(path).startswith("its last line was: java.io.IOException: the index is corrupt")


def test_what_an_earlier_run_wrote_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    path.write_text("old trouble\n")
    assert logs.last_words(path, since=path.stat().st_size) == f"it wrote nothing (log: {path})"


def test_sigterm_ends_a_command_as_ctrl_c_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), orderly_end():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("code", "words"), [(70, "exit code 70"), (-9, "signal SIGKILL"), (-99, "signal 99")]
)
def test_exit_codes_are_told_in_words(code: int, words: str) -> None:
    assert describe(code) == words
