"""The parameters of one landing URL, read by the names that the policy gives them."""

from dataclasses import dataclass, field
from functools import lru_cache

from attribution.policy import Policy
from attribution.url import Url, clean_text, decode_text, is_macro


@dataclass(slots=True)
class Tags:
    """Reads the parameters of one URL and notes what was wrong with them."""

    url: Url
    policy: Policy
    issues: list[str] = field(default_factory=list)

    def text(self, names: tuple[str, ...]) -> tuple[str, str]:
        """Value and name of the first of these parameters that says something."""
        parameters = self.url.parameters
        if parameters.keys().isdisjoint(names):
            return "", ""
        for name in names:
            if (raw := parameters.get(name)) and (value := self._value(name, raw)):
                return value, name
        return "", ""

    def value(self, names: tuple[str, ...]) -> str:
        return self.text(names)[0]

    def _value(self, name: str, raw: str) -> str:
        value, issue = _read_short(raw) if len(raw) <= 256 else _read(raw)
        if issue:
            self.note(issue, name)
        if not value:
            return ""
        if name in self.url.repeated:
            self.note("repeated_parameter", name)
        limit = self.policy.bounds.value_length
        if len(value) > limit:
            self.note("too_long", name)
            value = value[:limit].rstrip()
        return "" if value.lower() in self.policy.parameters.empty_values else value

    def note(self, issue: str, name: str) -> None:
        if (code := f"{issue}:{name}") not in self.issues:
            self.issues.append(code)


def _read(raw: str) -> tuple[str, str]:
    """What an escaped value says, and what is wrong with it."""
    decoded = decode_text(raw)
    if decoded is None:
        return "", "undecodable"
    value = clean_text(decoded)
    return ("", "unexpanded_macro") if is_macro(value) else (value, "")


# Click ids make nearly every ad's URL a new one, but its campaigns and keywords are the same few thousand.
_read_short = lru_cache(maxsize=16384)(_read)


def ad_values(tags: Tags, platform: str) -> dict[str, str]:
    """Campaign, ad group, keyword and their ids, from the parameters that only ads' URLs are read for.

    Match type and ad network are in the policy's words, by the platform's own codes.
    """
    policy = tags.policy
    values: dict[str, str] = {what: tags.value(names) for what, names in policy.parameters.ad.items()}
    for what in ("keyword_id", "campaign_id", "ad_group_id", "creative_id"):
        if (value := values.get(what, "")) and not value.isalnum():
            values[what] = _plain_id(value)
        elif value == "0":
            values[what] = ""
    types = policy.parameters.match_types
    match_type = values.get("match_type", "").lower()
    values["match_type"] = types.get(platform, {}).get(match_type) or types.get("*", {}).get(match_type, "")
    network = values.get("ad_network", "").lower()
    values["ad_network"] = policy.channels.networks.get(platform, {}).get(network, "")
    return values


def _plain_id(value: str) -> str:
    """The keyword's own id in a target such as "kwd-123:aud-456"; other ids stay as they are."""
    for part in value.lower().split(":"):
        if part.startswith("kwd-"):
            return part.removeprefix("kwd-")
    return "" if value.lower().startswith(("aud-", "dat-", "pla-", "loc-")) else value
