"""Says in which generation of the group records may be worked on: from recovery to the next rebalance."""


class OpenGeneration:
    """Opens when the tables are whole and the committed positions are sought; closes for good.

    Faust's recovery of a generation may come to its end after the next rebalance has begun: then the
    generation has ended, and never opens.
    """

    def __init__(self) -> None:
        self._sought: int | None = None
        self._open: int | None = None
        self._ended: int | None = None

    def sought(self, generation: int) -> None:
        """The committed positions of this generation are sought."""
        self._sought = generation

    def recovered(self) -> None:
        """The tables are whole, and nothing that is handed out from now on is dropped."""
        if self._sought is not None and self._sought not in (self._ended, self._open):
            self._open = self._sought

    def is_open(self, generation: int) -> bool:
        """Whether records of this generation may be worked on."""
        return self._open == generation

    def close(self) -> None:
        """Nothing more is handed out in the generation that is open."""
        self._open = None

    def end(self, generation: int) -> None:
        """A rebalance begins, which ends this generation."""
        self._ended, self._open, self._sought = generation, None, None

    def forget(self) -> None:
        """Another generation begins."""
        self._open, self._sought = None, None
