"""What an event that a site named itself means: a form that was sent, time on a page, or neither."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from producers.cells.json_values import text_of

# Names are compared in lower case with spaces. Besides these, every event with a form property is a form,
# unless its name says that the form was only seen, begun or left.
FORM_NAMES: Final = frozenset({
    "form submitted", "form submit", "submit form", "form submission", "form completed", "lead",
    "lead submitted", "lead generated", "generate lead", "lead created", "signed up", "sign up", "signup",
    "registered", "registration completed", "complete registration", "demo requested", "request demo",
    "demo request",
    "trial requested", "trial started", "contact submitted", "contact form submitted", "contact us submitted",
    "表单提交", "提交表单", "申请试用", "申请演示", "预约演示", "注册", "注册成功", "留资", "提交线索",
})  # fmt: skip
DWELL_NAMES: Final = frozenset({
    "page engaged", "page engagement", "user engagement", "dwell", "page dwell", "time on page", "page left",
    "页面停留",
})  # fmt: skip
LONGEST_DWELL: Final = 86_400_000
_FORM_PROPERTIES: Final = ("form", "form_name", "formName", "form_id", "formId")
_NO_SUBMISSION = re.compile(
    r"view|shown|display|impression|start|begin|began|open|focus|change|abandon|clos|dismiss|error|fail|invalid"
    r"|浏览|打开|开始|放弃|关闭|失败"
)
_SECONDS_PROPERTIES: Final = ("seconds", "dwell_seconds", "time_on_page", "duration")
_MILLIS_PROPERTIES: Final = ("dwell_ms", "engagement_time_msec")
# How a tracker itself calls the end of a page, and where it says how many milliseconds that page was there.
_ENDS: Final[Mapping[str, str]] = {"page unloaded": "timeOnPage"}


def form_of(name: str, properties: Mapping[str, Any]) -> str | None:
    """Return the name of the form that was sent, None if the event speaks of none."""
    form = next((properties[key] for key in _FORM_PROPERTIES if properties.get(key)), None)
    plain = _plain(name)
    if plain in FORM_NAMES or (form is not None and not _NO_SUBMISSION.search(plain)):
        return _form_name(form) or name
    return None


def dwell_of(name: str, properties: Mapping[str, Any]) -> int | None:
    """Return the milliseconds that a visitor spent on a page, None if the event speaks of no such time."""
    plain = _plain(name)
    for key in (*_MILLIS_PROPERTIES, _ENDS[plain]) if plain in _ENDS else _MILLIS_PROPERTIES:
        if is_number(properties.get(key)):
            return within_a_day(properties[key])
    if plain not in DWELL_NAMES:
        return None
    seconds = next((properties[key] for key in _SECONDS_PROPERTIES if is_number(properties.get(key))), None)
    return None if seconds is None else within_a_day(seconds * 1000)


def within_a_day(millis: float) -> int:
    """Return a time on a page in whole milliseconds, at least none, at most a day."""
    return int(min(max(millis, 0), LONGEST_DWELL))


def is_number(value: Any) -> TypeGuard[int | float]:
    """Tell whether a value of JSON is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().lower()


def _form_name(form: Any) -> str:
    if isinstance(form, dict):
        return text_of(form.get("name")) or text_of(form.get("id"))
    return text_of(form)
