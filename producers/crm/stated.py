"""How facts are made that a CRM states: their ids follow from subject, time and all that is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson

from producers.crm.cells import RowCells
from schemas.envelope import Fact, natural_id
from schemas.terms import Identifier

AnyFact = TypeVar("AnyFact", bound=Fact)
_UNSAID: Final[tuple[object, ...]] = ("", (), None, {})


def stated(
    kind: type[AnyFact],
    system: str,
    subject: Identifier,
    at: int,
    received_at: int,
    content: Mapping[str, Any],
) -> AnyFact:
    """Make a fact that a CRM states; its id follows from subject, time and all that it says.

    Raises ValidationError.
    """
    said = {name: value for name, value in content.items() if value not in _UNSAID}
    packed = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    return kind(
        event_id=natural_id(kind.model_fields["type"].default, subject, at, packed),
        occurred_at=at,
        received_at=received_at,
        source=f"crm:{system}",
        subject=subject,
        **said,
    )


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes facts of one subject."""

    cells: RowCells
    subject: Identifier

    def __call__(self, kind: type[AnyFact], at: int, **content: Any) -> AnyFact:
        return stated(kind, self.cells.mapping.system, self.subject, at, self.cells.received_at, content)
