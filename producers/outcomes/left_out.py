"""What of an input becomes no fact, and why: the one value for it, and the errors that end in it."""

from dataclasses import dataclass

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of a file, an event of a request or a part of a record that becomes no fact.

    `at` is its number: the line of a file, from 1, or the index of an event in its request, from 0.
    `column` is the header of the cell or the place in the record at fault, "" for the whole. `reason`
    never quotes a value; `cells` are a row as it stood, for the reject file.
    """

    at: int
    column: str
    reason: str
    cells: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"line {self.at}, column {self.column}" if self.column else f"line {self.at}"
        return f"{where}: {self.reason}"

    @property
    def without_line(self) -> str:
        """The sentence for who sent it in a request: the column, if one is at fault, and the reason."""
        return f"column {self.column}: {self.reason}" if self.column else self.reason


class UnusableError(ValueError):
    """An event that becomes no fact; the text is a sentence for its sender and quotes no value."""


class NotUnderstoodError(ValueError):
    """A file that can't be understood, so that nothing of it may be imported; the text says what to do.

    `line` and `column` (a header's text) say where, as far as there is a where; lines count from 1.
    """

    def __init__(self, sentence: str, *, line: int | None = None, column: str = "") -> None:
        super().__init__(sentence)
        self.line = line
        self.column = column


class CellError(ValueError):
    """A cell that doesn't hold what its column should; the text completes the sentence "the cell …"."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.column = column


def sentence(error: ValidationError) -> str:
    """Say what is wrong with a fact, by field and rule, without its value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the event"
    return f"{where}: {first['msg'][:160]}"
