"""What happened on the website: page views, time on them, forms, identification, anything else tracked."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Fact
from schemas.terms import Attributes, Identifier, LongText, ShortText, Title


class WebsiteFact(Fact):
    """A fact of a browser or a server-side tracker; `subject` is its anonymous id, else its user id.

    `others` are identifiers which the same request says are the same person.
    """

    others: tuple[Identifier, ...] = Field((), max_length=16)
    url: LongText = Field("", description="as received, personal data replaced")
    referrer: LongText = ""
    title: Title = ""
    user_agent: ShortText = ""


class PageViewed(WebsiteFact):
    """A page was shown."""

    type: Literal["page_viewed"] = "page_viewed"


class PageEngaged(WebsiteFact):
    """Time was spent on the page at `url`; several of them add up."""

    type: Literal["page_engaged"] = "page_engaged"
    dwell_ms: int = Field(ge=0, le=86_400_000)


class FormSubmitted(WebsiteFact):
    """A form was sent; its contact data are identifiers in `others`, what else is kept is in `attributes`."""

    type: Literal["form_submitted"] = "form_submitted"
    form: ShortText = ""
    attributes: Attributes = Field({}, max_length=50)


class VisitorIdentified(WebsiteFact):
    """A tracker said who the visitor is."""

    type: Literal["visitor_identified"] = "visitor_identified"
    attributes: Attributes = Field({}, max_length=50)


class CustomTracked(WebsiteFact):
    """Anything else that a site tracks by a name of its own."""

    type: Literal["custom_tracked"] = "custom_tracked"
    name: ShortText
    attributes: Attributes = Field({}, max_length=50)


WebsiteEvent = Annotated[
    PageViewed | PageEngaged | FormSubmitted | VisitorIdentified | CustomTracked, Field(discriminator="type")
]
