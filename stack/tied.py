"""Runs a command that dies with its supervisor, however the supervisor dies.

Used as a script: `python -I -S tied.py SUPERVISOR_PID COMMAND...`. The command takes over this process, so
that its process id stays the one that the supervisor knows. Standard input is a pipe whose other end only
the supervisor holds: where the kernel can't tie processes, its end is the sign that the supervisor is gone.
"""

import ctypes
import os
import select
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Run a command that ends with its supervisor; `argv` is a name, the supervisor's pid, the command."""
    supervisor, command = int(argv[1]), argv[2:]
    leash = os.dup(0)
    os.set_inheritable(leash, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    if not ask_kernel():
        watch(leash, os.getpid())
    if os.getppid() != supervisor:
        sys.exit("the supervisor is gone")
    try:
        os.execvp(command[0], command)  # noqa: S606 - the command line is the supervisor's own
    except OSError as error:
        sys.exit(f"{command[0]} can't be started: {error.strerror}")


def ask_kernel() -> bool:
    """Let Linux kill this process when its parent ends; False where the kernel has no such thing."""
    if not sys.platform.startswith("linux"):
        return False
    result: int = ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return result == 0


def watch(leash: int, command: int) -> None:
    """Fork a watcher that kills the command when the leash breaks, and ends when the command has ended."""
    if os.fork():
        return
    os.closerange(0, leash)
    while os.getppid() == command:
        broken, _, _ = select.select([leash], [], [], 1.0)
        if broken:
            os.kill(command, signal.SIGKILL)
            break
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv)
