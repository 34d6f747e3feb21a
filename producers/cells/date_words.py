"""The words in which dates and times are written: months, halves of the day, time zones."""

from typing import Final

_MONTHS: Final = (
    "january jan januar jänner janvier janv enero ene gennaio janeiro 1月",
    "february feb februar févr février fevrier fevr febrero febbraio fevereiro 2月",
    "march mar märz mär mrz maerz mars marzo março 3月",
    "april apr avril avr abril abr aprile 4月",
    "may mai mayo maggio maio 5月",
    "june jun juni juin junio giugno junho 6月",
    "july jul juli juillet juil julio luglio julho 7月",
    "august aug août aout agosto ago 8月",
    "september sep sept septembre septiembre settembre setembro 9月",
    "october oct oktober okt octobre octubre ottobre outubro 10月",
    "november nov novembre noviembre novembro 11月",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro 12月",
)
MONTHS: Final = {word: at for at, words in enumerate(_MONTHS, 1) for word in words.split()}
# The hours that each word shifts: those before noon keep theirs, but twelve is none.
BEFORE_NOON: Final = frozenset({"am", "上午", "凌晨", "早上", "午前", "오전", "vorm"})
AFTER_NOON: Final = frozenset({"pm", "下午", "午後", "오후", "nachm", "晚上", "中午"})
HALVES: Final = r"a\.?\s?m\.?|p\.?\s?m\.?|上午|下午|凌晨|早上|中午|晚上|午前|午後|오전|오후|vorm\.?|nachm\.?"
# Minutes east of Greenwich. CST, IST and BST are several zones each, so that they aren't among them.
ZONES: Final = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 60,
    "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180, "hkt": 480, "sgt": 480, "jst": 540, "kst": 540, "aest": 600, "aedt": 660,
    "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
