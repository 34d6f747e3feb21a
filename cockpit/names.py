"""What values of the data are called by people: stages, channels, kinds of contact, grades, tags."""

from typing import Any, Final

from babel.support import NullTranslations

from answers.words import marked

_STAGES: Final = {
    "visitor": marked("Visitor"),
    "lead": marked("Lead"),
    "marketing_qualified": marked("MQL"),
    "sales_qualified": marked("SQL"),
    "opportunity": marked("Opportunity"),
    "poc": marked("POC"),
    "won": marked("Won"),
    "lost": marked("Lost"),
    "recycled": marked("Recycled"),
    "disqualified": marked("Disqualified"),
    "poc_failed": marked("POC failed"),
    "went_on": marked("Went on"),
    "waiting": marked("Waiting"),
    "left": marked("Lost on the way"),
    "entered": marked("Entered"),
    "passed_over": marked("Passed over"),
}
_CHANNELS: Final = {
    "paid_search": marked("Paid search"),
    "paid_social": marked("Paid social"),
    "paid_video": marked("Paid video"),
    "paid_shopping": marked("Paid shopping"),
    "paid_other": marked("Other paid"),
    "display": marked("Display"),
    "cross_network": marked("Cross-network"),
    "organic_search": marked("Organic search"),
    "organic_social": marked("Organic social"),
    "organic_video": marked("Organic video"),
    "organic_shopping": marked("Organic shopping"),
    "ai_assistant": marked("AI assistant"),
    "email": marked("Email"),
    "sms": marked("SMS"),
    "mobile_push": marked("Mobile push"),
    "audio": marked("Audio"),
    "affiliates": marked("Affiliates"),
    "referral": marked("Referral"),
    "direct": marked("Direct"),
    "offline_event": marked("Event"),
    "phone_call": marked("Phone call"),
    "content_download": marked("Download"),
    "told_by_crm": marked("As the CRM says"),
    "sales": marked("Sales"),
    "(none)": marked("(none)"),
    "(unknown)": marked("(unknown)"),
    "(all)": marked("(all)"),
    "(others)": marked("(others)"),
    "(unallocated)": marked("(unallocated)"),
    "(mixed)": marked("(mixed)"),
}
_KINDS: Final = {
    "visit": marked("Visit"),
    "link_click": marked("Click on a link"),
    "qr_scan": marked("Scan of a code"),
    "email_click": marked("Click in a mail"),
    "event": marked("Event"),
    "call": marked("Phone call"),
    "download": marked("Download"),
    "follow_up": marked("Follow-up"),
    "deal_opened": marked("Deal opened"),
    "deal_poc": marked("POC began"),
    "deal_won": marked("Deal won"),
    "deal_lost": marked("Deal lost"),
    "anon": marked("Browser"),
    "user": marked("User of the website"),
    "phone": marked("Phone"),
    "crm": marked("CRM"),
}
GRADES: Final = {
    "invalid": marked("Invalid"),
    "nurture": marked("Nurture"),
    "interested": marked("Interested"),
    "convertible": marked("Convertible"),
    "cooperating": marked("Cooperating"),
}
_ORIGINS: Final = {
    "marketing": marked("Marketing"),
    "executives": marked("Executives"),
    "partners": marked("Partners"),
}
# What reasons for losing mean, by the policy.
_REASONS: Final = {
    "price": marked("Price"),
    "no_budget": marked("No budget"),
    "lost_to_competitor": marked("Lost to a competitor"),
    "product_gap": marked("Product gap"),
    "project_stopped": marked("Project stopped"),
    "no_decision": marked("No decision"),
    "no_need": marked("No need"),
    "not_reachable": marked("Not reachable"),
    "performance": marked("Performance"),
    "integration": marked("Integration"),
    "security": marked("Security"),
    "data_quality": marked("Data quality"),
    "own_build": marked("Built in-house"),
    "terms": marked("Terms of the contract"),
    "relationship": marked("Relationship"),
    "(not told)": marked("(not told)"),
}
MODELS: Final = {
    "first": marked("First touch"),
    "last": marked("Last touch"),
    "last_non_direct": marked("Last touch that is not direct"),
    "linear": marked("Linear"),
    "position_40_20_40": marked("Position 40/20/40"),
    "u_40_40_20": marked("U 40/40/20"),
    "u_50_50": marked("U 50/50"),
    "w_shaped": marked("W"),
    "full_path": marked("Full path"),
    "time_decay": marked("Time decay"),
}
NAMES: Final = {**_REASONS, **_ORIGINS, **_KINDS, **GRADES, **_CHANNELS, **_STAGES}


def named(words: NullTranslations, value: Any) -> str:
    """What a value is called in a language; one that has no name of its own, as in the data."""
    text = "" if value is None else str(value)
    return words.gettext(NAMES[text]) if text in NAMES else text
