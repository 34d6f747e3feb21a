"""What travels through Faust instead of single records: one batch; and work that is about none."""

from dataclasses import dataclass
from typing import Any

import faust
from faust.types.tuples import ConsumerMessage

from streams.batches import Batch
from streams.progress import Span


class BatchMessage(ConsumerMessage):  # type: ignore[misc]  # Faust has no types
    """One batch on its way through Faust; its value is the `Batch`, its offset that of the last record."""

    __slots__ = ("span",)
    span: Span

    def on_final_ack(self, _consumer: Any) -> bool:
        # Faust acknowledges what it skips, too: only `BatchConsumer.finish` counts.
        return True


@dataclass(eq=False, slots=True)
class SideWork:
    """Work on a partition that is not about a batch, in a generation of the group."""

    generation_id: int


class BatchSchema(faust.Schema):  # type: ignore[misc]  # Faust has no types
    """Decodes nothing: what a record means is the handler's business."""

    def loads_key(self, _app: Any, _message: Any, **_: Any) -> None:
        return None

    def loads_value(self, _app: Any, message: Any, **_: Any) -> Batch:
        batch: Batch = message.value
        return batch
