"""What somebody may not do here, as a status and a sentence."""


class RefusedError(Exception):
    """A request is refused; the text is a sentence for whoever asked, in English, a key of the catalogs."""

    def __init__(self, status: int, sentence: str, retry_after: float = 0) -> None:
        super().__init__(sentence)
        self.status, self.retry_after = status, retry_after
