"""The currencies of the world: codes, signs, words and decimals, and how sums are written at home."""

from typing import Final

CODES: Final = frozenset({
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD",
    "CDF", "CHF", "CLF", "CLP", "CNH", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK",
    "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD",
    "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR",
    "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT",
    "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP",
    "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
    "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC",
    "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX",
    "USD", "UYU", "UZS", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR",
    "ZMW", "ZWL",
})  # fmt: skip
NO_DECIMALS: Final = frozenset({
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
})  # fmt: skip
THREE_DECIMALS: Final = frozenset({
    "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
})  # fmt: skip
# Where a currency is at home, numbers have this decimal mark. The euro is at home in Ireland, too.
POINT_AT_HOME: Final = frozenset({
    "AUD", "BDT", "CNH", "CNY", "EGP", "GBP", "HKD", "ILS", "INR", "JPY", "KES", "KRW", "LKR",
    "MOP", "MXN", "MYR", "NGN", "NPR", "NZD", "PHP", "PKR", "SGD", "THB", "TWD", "USD",
})  # fmt: skip
COMMA_AT_HOME: Final = frozenset({
    "ARS", "BGN", "BRL", "BYN", "CLP", "COP", "CZK", "DKK", "EUR", "HRK", "HUF", "IDR", "ISK",
    "KZT", "NOK", "PLN", "RON", "RSD", "RUB", "SEK", "TRY", "UAH", "UYU", "VND",
})  # fmt: skip
_WORDS: Final = {
    "CNY": (
        "chineseyuan", "yuanrenminbi", "renminbi", "¥", "cn¥", "rmb", "rmb¥", "元", "圆", "人民币", "人民幣",
        "元人民币", "人民币元", "yuan",
    ),
    "HKD": ("hongkongdollar", "hk$", "港元", "港币", "港幣"),
    "TWD": ("newtaiwandollar", "nt$", "ntd", "新台币", "新臺幣", "新台幣", "台币", "台幣"),
    "JPY": ("japaneseyen", "jp¥", "日元", "日圆", "日圓", "円", "yen"),
    "KRW": ("₩", "韩元", "韓元", "韩币", "원", "won"),
    "USD": ("usdollar", "usdollars", "u.s.dollar", "$", "us$", "usd$", "美元", "美金", "dollar", "dollars"),
    "EUR": ("€", "euro", "euros", "欧元", "歐元"),
    "GBP": ("poundsterling", "britishpound", "£", "gb£", "英镑", "英鎊"),
    "CHF": ("swissfranc", "fr.", "sfr", "sfr.", "瑞士法郎"),
    "SGD": ("singaporedollar", "s$", "sg$", "新加坡元", "新币", "新加坡币"),
    "AUD": ("australiandollar", "a$", "au$", "澳元", "澳币"),
    "CAD": ("canadiandollar", "c$", "ca$", "加元", "加币"),
    "NZD": ("nz$",),
    "MXN": ("mx$",),
    "BRL": ("brazilianreal", "r$",),
    "INR": ("indianrupee", "₹", "rs", "rs.", "印度卢比"),
    "RUB": ("₽", "руб", "руб.", "卢布"),
    "UAH": ("₴", "грн", "грн."),
    "TRY": ("₺", "tl"),
    "PLN": ("polishzloty", "zloty", "zł", "zl"),
    "CZK": ("kč", "kc"),
    "HUF": ("ft",),
    "VND": ("₫", "đ"),
    "THB": ("฿", "泰铢"),
    "PHP": ("₱",),
    "ILS": ("₪",),
    "MYR": ("rm",),
    "ZAR": ("r",),
    "IDR": ("rp", "rp."),
    "PEN": ("s/", "s/."),
    "RON": ("lei", "leu"),
    "BGN": ("лв", "лв."),
    "NGN": ("₦",),
    "KES": ("ksh",),
    "AED": ("د.إ", "د.إ."),
    "SAR": ("ر.س", "ر.س."),
    "KZT": ("₸",),
    "GEL": ("₾",),
    "CRC": ("₡",),
    "COP": ("col$",),
    "ARS": ("ar$",),
    "CLP": ("clp$",),
    "MOP": ("mop$", "澳门元"),
}  # fmt: skip
CURRENCIES: Final = {word: code for code, words in _WORDS.items() for word in words} | {
    code.lower(): code for code in CODES
}
# Several currencies share these, so that what the column or the mapping says goes first.
SHARED: Final = frozenset({"¥", "$", "元", "圆", "£", "dollar", "dollars", "rs", "rs.", "fr."})
# Of no dollar, pound or yen: a sum with such a sign beside one of these codes contradicts itself.
NEVER: Final = {
    "$": frozenset({"EUR", "GBP", "CNY", "JPY", "KRW", "INR", "CHF", "RUB", "PLN"}),
    "£": frozenset({"EUR", "USD", "CNY", "JPY", "KRW", "INR", "CHF", "RUB", "PLN"}),
    "¥": frozenset({"EUR", "USD", "GBP", "KRW", "INR", "CHF", "RUB", "PLN"}),
}
CROWNS: Final = frozenset({"kr", "kr."})  # of Sweden, Norway, Denmark, Iceland: alone it names none
