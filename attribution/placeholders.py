"""Placeholders that an ad platform, a mail system or a template should have replaced, and did not."""

import re

# What such fields are called. Where people put the same brackets or signs around names of their own
# ("[brand]", "#topic#"), only these words, and words in capitals with "_", are placeholders.
_WORD = (
    r"(?:utm|ad|ads|campaign|keyword|kw|source|medium|term|content|creative|placement|network|device|publisher|site"
    r"|plan|unit|account|click|gclid|fbclid|cid|sub|target|list|mailing|newsletter|contact|lead|subscriber|recipient"
    r"|user|customer|person|company|first|last|full|fname|lname|id|name|e?mail|address|group|set|date|subject|url"
    r"|title)"
)
_FIELD = rf"(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|(?i:{_WORD}(?:[ _.\-]?{_WORD}){{0,3}}))"
# No placeholder is without one of these, and most values are.
_SIGN = re.compile(r"[{\[*%#~<$@]|__")
_MACRO = re.compile(
    r"\{\{[^{}]{0,200}(?:\{[^{}]{0,100}\}[^{}]{0,100})?\}\}"  # {{campaign.name}} {{ x|default:"y" }} {{${x}}}
    r"|\{%[^{}]{0,200}%\}"  # {% if x %}
    # {keyword} {keyword:default} ${x} #{x} {$x} {!x}, but no {id} of Windows
    r"|\{\s{0,9}[$!#@=%]?(?![0-9A-Fa-f]{8}-)[^\W\d][^{}]{0,250}\}"
    r"|\{\d{1,2}\}"  # {0}
    r"|\*\|[^|]{1,100}\|\*"  # *|CAMPAIGN_UID|*
    r"|%%[=\[(]?[A-Za-z_][^%]{0,200}%%"  # %%KEYWORD%% %%=v(@x)=%%
    r"|##[^\W\d][^#]{0,100}##"  # ##name##
    r"|~~[A-Za-z][^~]{0,200}~~"  # ~~eloqua..type--emailfield~~
    r"|\[\[[^\[\]]{1,100}\]\]|\[%[^\[\]]{1,100}\]"  # [[firstname]] [%name%]
    r"|\[\w{1,60},\s{0,9}fallback="  # [firstname,fallback=there]
    r"|<(?:[%$#!?/]=?\s{0,9})?[A-Za-z][^<>]{0,250}>"  # <%= name %> <span class=eloquaemail>
    r"|(?<![A-Za-z0-9])__[A-Z][A-Z0-9_]{0,60}?__(?![A-Za-z0-9])"  # __CLICKID__
    r"|(?<![\d%])%(?:\d\$)?[sd](?![0-9A-Za-z])|%\(\w{1,60}\)[sd]"  # %s %1$s %(campaign)s
    r"|^(?:" + "|".join(
        rf"{left}{_FIELD}{right}"
        for left, right in (
            (r"\[", r"\]"), ("#", "#"), (r"\$", r"\$"), ("@", "@"), ("~", "~"), ("%", "%"), ("__", "__"),
        )
    )
    + r"|\$\[[^\[\]]{1,60}\]\$|\$[A-Za-z]{2,60}[ _.][A-Za-z _.]{1,60}\$"
    + rf"|\${_FIELD}"  # $utm_campaign, but no name of one's own such as $A00
    r"|\{[A-Za-z_]\w{0,60}|%e[a-z]{2,4}!|%p[A-Za-z]{1,20}=!;?)$"
)  # fmt: skip

# What programs write when a variable holds nothing.
_NOTHING = frozenset({"", "null", "undefined", "none", "nan"})


def says_nothing(value: str) -> bool:
    """Whether a value is empty, a program's word for nothing, or a placeholder."""
    return value.lower() in _NOTHING or is_macro(value)


def is_macro(value: str) -> bool:
    """Whether the value holds a placeholder; "%name%" is told from an escape only before it is decoded."""
    return _SIGN.search(value) is not None and _MACRO.search(value) is not None
