"""The pulses of the parts of a worker: which of them stands still, for how long, and where."""

import sys
import threading
from time import monotonic

WATCH, EVENT_LOOP, CONSUMER_THREAD = "the watch", "the event loop", "the consumer thread"
PARTS = (EVENT_LOOP, CONSUMER_THREAD)
BEAT = 1.0
# Parts that stood still together don't go on at the very same moment.
TOGETHER = 3 * BEAT
FRAMES = 5


class Pulses:
    """Each part beats once a second from its own thread; any thread may look. Times are in seconds.

    A part that has not begun is not waited for.
    """

    def __init__(self) -> None:
        self._beaten: dict[str, float] = {}
        self._threads: dict[str, int] = {}
        self._gaps: dict[str, tuple[float, float]] = {}

    def beat(self, part: str) -> None:
        """A sign of life of a part, from its thread; the first one begins its pulse."""
        now = monotonic()
        silence = now - self._beaten.get(part, now)
        if silence > TOGETHER:
            self._gaps[part] = silence, now
        self._threads[part] = threading.get_ident()
        self._beaten[part] = now

    def end(self, part: str) -> None:
        """It beats no more, and that is well."""
        self._beaten.pop(part, None)

    def silence(self, part: str) -> float:
        """How long ago the part gave its last sign of life."""
        now = monotonic()
        return now - self._beaten.get(part, now)

    def told(self, part: str) -> str:
        """A sentence: what stands still, or stood still until a moment ago, when `part` does or did."""
        stood = self._stood(part)
        as_long = [each for each in (*PARTS, WATCH) if each in self._beaten and self._stood(each) > stood / 2]
        if {WATCH, *self._beaten} == set(as_long) and len(as_long) > 1:
            return f"this process stood still for {stood:.0f} s, as one that is suspended or starved does"
        names = [each for each in as_long if each in PARTS] or [part]
        return f"{' and '.join(names)} stood still for {stood:.0f} s{self._place(part)}"

    def _stood(self, part: str) -> float:
        gap, ended = self._gaps.get(part, (0.0, 0.0))
        return max(self.silence(part), gap if monotonic() - ended < TOGETHER else 0.0)

    def _place(self, part: str) -> str:
        """Where a part that is still silent is, innermost first; '' if it is not."""
        frame = sys._current_frames().get(self._threads.get(part, 0))
        if self.silence(part) < TOGETHER or frame is None or self._threads[part] == threading.get_ident():
            return ""
        lines: list[str] = []
        while frame is not None and len(lines) < FRAMES:
            lines.append(f"{frame.f_globals.get('__name__', '?')}:{frame.f_lineno}")
            frame = frame.f_back
        return f", at {' '.join(lines)}"
