"""The country of a person, as forms and CRMs say it, as the region in which phone numbers are read."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import phonenumbers

from producers.cells.headers import column_key

# Of several columns, the person's own before that of the company's bill.
_FIELDS: Final = tuple(
    column_key(name)
    for name in (
        *("Phone Country", "Phone Country Code", "Country/Region", "Country", "Country/Region Name"),
        *("Country Name", "Country Code", "Mailing Country", "Primary Address Country", "Address Country"),
        *("Mailing Country/Territory", "Mailing Country Code", "国家", "国家/地区", "国家地区"),
        *("国家（地区）", "所在国家"),
        *("Land", "Pays", "País", "Pais", "Paese", "Kraj", "Страна", "国", "国名", "국가"),
        *("Billing Country", "Billing Country/Territory", "Company Country", "Account Country"),
    )
)  # fmt: skip
_PLACES: Final = {key: place for place, key in reversed([*enumerate(_FIELDS)])}
# Words for a country that aren't its two letters: in English and Chinese, its own, and those of neighbours.
_WORDS: Final[Mapping[str, str]] = {
    "AE": "uae|united arab emirates|vereinigte arabische emirate|阿联酋",
    "AR": "arg|argentina|argentinien|argentine|阿根廷",
    "AT": "aut|austria|österreich|autriche|奥地利",
    "AU": "aus|australia|australien|australie|澳大利亚|澳洲",
    "BE": "bel|belgium|belgien|belgique|belgië|比利时",
    "BR": "bra|brazil|brasil|brasilien|brésil|巴西",
    "CA": "can|canada|kanada|canadá|加拿大",
    "CH": "che|switzerland|schweiz|suisse|svizzera|suiza|瑞士",
    "CL": "chl|chile|chili|智利",
    "CN": (
        "chn|prc|china|mainland china|people's republic of china|p.r. china|chine|cina|中国|中国大陆|中國|"
        "中华人民共和国"
    ),
    "CO": "col|colombia|kolumbien|colombie|哥伦比亚",
    "CZ": "cze|czech republic|czechia|tschechien|česko|česká republika|捷克",
    "DE": "deu|ger|germany|deutschland|allemagne|alemania|germania|duitsland|德国",
    "DK": "dnk|denmark|danmark|dänemark|丹麦",
    "EG": "egy|egypt|ägypten|埃及",
    "ES": "esp|spain|españa|espana|spanien|espagne|spagna|西班牙",
    "FI": "fin|finland|suomi|finnland|芬兰",
    "FR": "fra|france|frankreich|francia|frankrijk|法国",
    "GB": (
        "gbr|uk|u.k.|united kingdom|great britain|england|scotland|wales|vereinigtes königreich|"
        "großbritannien|royaume-uni|reino unido|regno unito|英国"
    ),
    "GR": "grc|greece|griechenland|ελλάδα|希腊",
    "HK": "hkg|hong kong|hong kong sar|hongkong|香港|中国香港",
    "HU": "hun|hungary|ungarn|magyarország|匈牙利",
    "ID": "idn|indonesia|indonesien|印度尼西亚|印尼",
    "IE": "irl|ireland|irland|irlande|爱尔兰",
    "IL": "isr|israel|以色列",
    "IN": "ind|india|indien|inde|印度",
    "IT": "ita|italy|italia|italien|italie|意大利",
    "JP": "jpn|japan|japon|日本",
    "KR": "kor|korea|south korea|republic of korea|korea, republic of|südkorea|대한민국|한국|韩国",
    "MX": "mex|mexico|méxico|mexiko|mexique|墨西哥",
    "MY": "mys|malaysia|马来西亚",
    "NL": "nld|netherlands|the netherlands|holland|nederland|niederlande|pays-bas|荷兰",
    "NO": "nor|norway|norge|norwegen|挪威",
    "NZ": "nzl|new zealand|neuseeland|新西兰",
    "PH": "phl|philippines|philippinen|菲律宾",
    "PL": "pol|poland|polska|polen|pologne|波兰",
    "PT": "prt|portugal|葡萄牙",
    "RO": "rou|romania|românia|rumänien|罗马尼亚",
    "RU": "rus|russia|russian federation|russland|россия|俄罗斯",
    "SA": "sau|saudi arabia|ksa|saudi-arabien|沙特阿拉伯|沙特",
    "SE": "swe|sweden|sverige|schweden|suède|瑞典",
    "SG": "sgp|singapore|singapur|新加坡",
    "SK": "svk|slovakia|slovensko|slowakei|斯洛伐克",
    "TH": "tha|thailand|泰国",
    "TR": "tur|turkey|türkiye|turkiye|türkei|土耳其",
    "TW": "twn|taiwan|taiwan, province of china|台湾|台灣|中国台湾",
    "UA": "ukr|ukraine|україна|乌克兰",
    "US": (
        "usa|u.s.|u.s.a.|united states|united states of america|the united states|america|vereinigte staaten|"
        "états-unis|etats-unis|estados unidos|stati uniti|美国"
    ),
    "VN": "vnm|vietnam|viet nam|việt nam|越南",
    "ZA": "zaf|south africa|südafrika|南非",
}
_REGIONS: Final = {word: region for region, words in _WORDS.items() for word in words.split("|")}


def country_fields(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of some columns or fields that say in which country somebody is, the best first."""
    return _country_fields(tuple(names))


@lru_cache(maxsize=1024)
def _country_fields(names: tuple[str, ...]) -> tuple[str, ...]:
    known = [name for name in dict.fromkeys(names) if column_key(name) in _PLACES]
    return tuple(sorted(known, key=lambda name: _PLACES[column_key(name)]))


def region_told(fields: Mapping[str, str]) -> str:
    """Return the region that a row or form says its person is in, "" if it says none."""
    told = (region_of(fields[name]) for name in country_fields(fields))
    return next(filter(None, told), "")


def region_of(country: str) -> str:
    """Return the two letters of a country by its name, its letters or its calling code; "" if unknown."""
    text = " ".join(country.split()).casefold()
    if re.fullmatch(r"(?:\+|00)?[1-9]\d{0,2}", text):
        region: str = phonenumbers.region_code_for_country_code(int(text.removeprefix("+")))
        return region if region in phonenumbers.SUPPORTED_REGIONS else ""
    if text.upper() in phonenumbers.SUPPORTED_REGIONS:
        return text.upper()
    return _REGIONS.get(text, "")
