"""The one error of the stack: a sentence that says what is wrong and what to do."""


class StackError(RuntimeError):
    """A server or process can't run; the text is one sentence for the person at the terminal."""
