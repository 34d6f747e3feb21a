"""The topics as data: what each holds, its key, its partitions and how long it keeps it."""

from dataclasses import dataclass

from schemas.terms import DAY_MS

MAX_RECORD_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `single` topics have one partition, all others the common number, so that they are
    co-partitioned; a `compacted` one keeps the newest record of each key for ever."""

    name: str
    key: str
    holds: str
    single: bool = False
    compacted: bool = False
    retention_ms: int = 400 * DAY_MS

    def config(self) -> dict[str, str]:
        """Return the broker's settings of this topic."""
        common = {"max.message.bytes": str(MAX_RECORD_BYTES), "message.timestamp.type": "CreateTime"}
        if self.compacted:
            # A reader that was away for a week still sees every value and every deletion: it may have acted
            # on a value and crashed before it remembered that.
            week = str(7 * DAY_MS)
            return common | {
                "cleanup.policy": "compact",
                "delete.retention.ms": week,
                "min.compaction.lag.ms": week,
            }
        return common | {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}


WEBSITE = Topic("website.events", "anonymous id", "page views, time on page, forms, identification")
UTM = Topic("utm.events", "anonymous id, else the best identifier", "tagged links, QR codes, e-mails, events")
SEM = Topic("sem.events", "click id; keyword", "clicks, keyword lists, daily cost from ad platforms; rates")
CRM = Topic("crm.events", "CRM lead; deal", "leads, stages, merges, follow-ups, deals, proofs of concept")
LINKS = Topic("identity.links", "one constant", "links between identifiers, splits, blocks", single=True)
ASSIGNMENTS = Topic("identity.assignments", "identifier", "which person an identifier is", compacted=True)
MENTIONS = Topic("click.mentions", "click id; keyword", "which identifier carried which id of an ad platform")
HAND_OVER = Topic("journey.facts", "identifier or person", "facts that go from one journey to another")
JOURNEYS = Topic("journeys", "person", "snapshots of journeys", compacted=True)
OPPORTUNITIES = Topic("opportunities", "deal", "snapshots of deals", compacted=True)
OUTBOX = Topic(
    "outbox",
    "order and what is said of it",
    "what is told to CRMs, ad platforms and others: orders, attempts, answers",
    single=True,
    compacted=True,
)
CONTACTS = Topic(
    "contacts",
    "identifier and field",
    "what leads gave of themselves, sealed for the way back",
    single=True,
    compacted=True,
)
DEAD_LETTERS = Topic("dead.letters", "as it was", "records that could not be understood, with the reason")

TOPICS = (
    WEBSITE,
    UTM,
    SEM,
    CRM,
    LINKS,
    ASSIGNMENTS,
    MENTIONS,
    HAND_OVER,
    JOURNEYS,
    OPPORTUNITIES,
    OUTBOX,
    CONTACTS,
    DEAD_LETTERS,
)
BY_NAME = {topic.name: topic for topic in TOPICS}
FACT_TOPICS = (WEBSITE, UTM, SEM, CRM, LINKS)
