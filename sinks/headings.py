"""The words that stand above the columns of reports."""

from typing import Final

# In code the stage is always `sales_qualified`; only people read "SQL".
_PHRASES: Final = {
    "sales_qualified": "SQL",
    "p90_days": "90 % within days",
    "raw": "In words of the system",
    "is_regression": "Backwards",
    "landing_url": "Landing page",
}
_WORDS: Final = {
    "mql": "MQL",
    "mqls": "MQL",
    "poc": "POC",
    "pocs": "POC",
    "cac": "CAC",
    "cpc": "CPC",
    "ctr": "CTR",
    "roi": "ROI",
    "roas": "ROAS",
    "ltv": "LTV",
    "crm": "CRM",
    "crms": "CRMs",
    "id": "id",
    "utm": "UTM",
}
_MODELS: Final = ("first", "last")


def heading(column: str) -> str:
    """Return what stands above a column: 'MQL' for mqls, 'First channel' for first_channel."""
    stem, _, model = column.rpartition("_")
    if stem not in ("", "is") and model in _MODELS:
        return f"{heading(stem)} ({model})"
    if column in _PHRASES:
        return _PHRASES[column]
    words = " ".join(_WORDS.get(word, word) for word in column.split("_"))
    return words[:1].upper() + words[1:]
