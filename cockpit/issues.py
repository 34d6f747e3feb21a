"""What the codes of incomplete data say to people, and what helps."""

from typing import Final

from answers.words import marked

# By what stands before a colon in the code; what stands behind it is told as it is.
_SAID: Final = {
    "unmapped_grade": marked("the policy does not know this grade: add it to its mapping"),
    "unmapped_stage": marked("the policy does not know this stage: add it to its mapping"),
    "unmapped_tag": marked("the policy does not know this tag: add it to its mapping"),
    "unexpanded_macro": marked(
        "the ad platform did not fill in a placeholder: correct the template of its links"
    ),
    "undecodable": marked("could not be decoded: look at how links are encoded"),
    "too_long": marked("was cut, as it is too long"),
    "repeated_parameter": marked("a link says a parameter twice, and differently"),
    "clock_not_believed": marked("a visitor's clock was wrong: the time of receipt counts"),
    "shared_device": marked("several people use one browser: they are kept apart"),
    "blocked_identifier": marked("joins nobody, as it is blocked"),
    "over_degree_cap": marked("would join too many, such as an address of a whole office: held back"),
    "over_person_cap": marked("would make a person too large: held back"),
    "bot_visits": marked("machines that visited are not counted"),
    "truncated": marked("journeys are too long to be kept whole"),
    "amount_without_currency": marked("deals have an amount and no currency"),
    "no_touchpoint_before": marked("deals came without any touch before: their source is not known"),
    "no_account": marked("deals without an account"),
    "account_of_nobody": marked("deals with an account that nobody known belongs to"),
    "domain_of_several_accounts": marked("one domain is that of several accounts in the CRM"),
    "cost_without_keyword": marked("cost for which the platform names no keyword"),
    "currency": marked("several currencies: amounts are never added up without a rate"),
    "click_without_visit": marked("clicks that the platform counts, and with which nobody landed"),
    "happened_after_received": marked("happened later than it was received: a clock is wrong"),
    "happened_before_2000": marked("happened before the year 2000: a date was misread"),
    "merged_record_never_seen": marked("the CRM merged a record that it never told of"),
}


def said(code: str) -> tuple[str, str]:
    """What a code says, as a text to translate, and what it is about; the code itself if it isn't known."""
    known, _, about = code.partition(":")
    return (_SAID[known], about) if known in _SAID else (code.replace("_", " "), "")
