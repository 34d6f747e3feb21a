"""What happens in the simulated market, as frozen values: visits, touches, sales work, ads and their cost."""

from dataclasses import dataclass
from datetime import date

from market.times import DAY_MS, midnight

SITE = "https://www.metagraph.example"
CRM = "sales"
# The overseas team has a CRM of its own, whose ids are numbers.
OVERSEAS_CRM = "hubspot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a contact came from, as a report should say it; text that nobody can know is ""."""

    channel: str
    platform: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    ad_group: str = ""
    keyword: str = ""
    content: str = ""
    author: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A keyword as an ad account holds it from `since` until `until`, UTC milliseconds.

    `click_fen` is what one click costs, `weight` how much it is searched for; without `is_named` the landing
    URL gives no more than its id.
    """

    platform: str
    campaign: str
    ad_group: str
    text: str
    id: int
    group_id: int
    click_fen: int
    weight: float
    since: int
    until: int
    is_named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A way to the website: its kind, whose it is, where it lands, what truly brought the visitor."""

    kind: str
    name: str
    path: str
    cause: Origin
    keyword: Keyword | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How somebody can be reached, as typed into a form; `real` is False for an address that is made up."""

    email: str = ""
    phone: str = ""
    company: str = ""
    real: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The identifiers that this ties together; nothing that is made up counts."""
        if not self.real:
            return ()
        email = (f"email:{self.email}",) if self.email else ()
        return (*email, f"phone:{self.phone}") if self.phone else email


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit of one cookie to the website.

    `origin` is what the written landing URL lets anybody know, `source.cause` what truly brought the visitor;
    they differ where a click can't be resolved. `form` is the form sent at the end, `login` says that the
    visitor signed in as `user`. `plan` gives the pages of a scripted visit, (path, dwell in ms) each. A
    machine reads a page each `pace` milliseconds (0: no machine), and may say by `agent` what it is. `manner`
    is what the website, or who filled in its form, does otherwise than usual: see market/manners.py.
    """

    number: int
    person: int
    anon: str
    at: int
    source: Source
    shape: str
    origin: Origin
    pages: int
    sdk: str
    form: str = ""
    contact: Contact | None = None
    user: str = ""
    login: bool = False
    plan: tuple[tuple[str, int], ...] = ()
    agent: str = ""
    pace: int = 0
    manner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A tagged link followed, a QR code scanned or an e-mail's link clicked, as its own system tells."""

    number: int
    person: int
    at: int
    kind: str
    source: Source
    anon: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Salon:
    """An offline event; `slug` names its attendance list."""

    slug: str
    name: str
    campaign: str
    city: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Somebody signed in at a salon."""

    person: int
    at: int
    salon: Salon
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A lead in a CRM; `visitor` is the cookie that the form's hidden field handed over, if it did.

    `wrong_email` is a colleague's address that somebody typed into the record by mistake; `cut_phone` is what
    a spreadsheet has left of the number. `came_by` is how the lead came, where only the CRM tells it.
    """

    id: str
    person: int
    created_at: int
    contact: Contact
    account: str
    owner: str
    said_source: str
    visitor: str = ""
    wrong_email: str = ""
    cut_phone: str = ""
    came_by: Origin | None = None
    by_webhook: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Somebody found that the records `gone` are of the same person as `into`, and made them one."""

    at: int
    into: str
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Somebody set right who is who: `names` are two that are not one person, or one that is nobody's."""

    at: int
    names: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """A lead entered a stage, in the CRM's own words."""

    lead: str
    at: int
    stage: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Sales contacted a lead."""

    lead: str
    at: int
    category: str
    grade: str
    tags: tuple[str, ...]
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealChange:
    """A deal as the CRM held it from `at` on; `people` are the leads on it, `amount` is in hundredths."""

    deal: str
    at: int
    stage: str
    name: str
    account: str
    owner: str
    amount: int
    people: tuple[str, ...]
    reason: str = ""
    poc_started_at: int | None = None
    poc_ended_at: int | None = None
    poc_result: str = ""
    by_webhook: bool = False
    currency: str = "CNY"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A CRM takes a record back, or gives it again.

    `kind` of a deal is deleted, restored, merged (into `other`), renamed (to `other`), joined or left (by the
    lead `other`); of a lead, deleted or restored.
    """

    at: int
    kind: str
    record: str
    other: str = ""
    is_deal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AdDay:
    """One day of one keyword, or of an ad group without any. `early_…` is what an early report said."""

    platform: str
    campaign: str
    ad_group: str
    keyword: str
    keyword_id: int
    day: str
    impressions: int
    clicks: int
    cost: int
    early_clicks: int
    early_cost: int
    currency: str = "CNY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """All that happened, each part in the order of time. `seed` also decides how it is written down."""

    seed: int
    start: date
    days: int
    visits: tuple[Visit, ...]
    touches: tuple[Touch, ...] = ()
    attendances: tuple[Attendance, ...] = ()
    leads: tuple[Lead, ...] = ()
    stages: tuple[StageChange, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    deals: tuple[DealChange, ...] = ()
    merges: tuple[Merge, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()
    corrections: tuple[Correction, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    ad_days: tuple[AdDay, ...] = ()
    stories: tuple[tuple[str, int], ...] = ()

    @property
    def start_ms(self) -> int:
        """The first moment, UTC milliseconds."""
        return midnight(self.start)

    @property
    def end_ms(self) -> int:
        """The moment before which everything ends, UTC milliseconds."""
        return self.start_ms + self.days * DAY_MS


def system_of(record: str) -> str:
    """Return the CRM that the id of a lead or a deal is one of."""
    return OVERSEAS_CRM if record.isdigit() else CRM
