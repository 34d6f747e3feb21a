"""A market written to a folder, in the formats of the outside world, with its truth beside."""

from collections.abc import Iterable
from pathlib import Path

import orjson

from market.attendance_files import attendance_files
from market.crm_files import crm_files
from market.model import Correction, Market
from market.rates import rate_files
from market.requests import requests_of
from market.sem_files import sem_files
from market.truth import as_json, truth_files


def write(market: Market, folder: Path) -> None:
    """Write everything below `folder`, which is made if it isn't there; files in the way are replaced.

    requests.jsonl      requests to the collector by time: at (UTC ms), method, path, headers, body
    sem/                reports of Baidu (two, overlapping), 360, Sogou (a workbook), Google (two, one of them
                        German), Meta and LinkedIn, lists of keywords, and Google's clicks
    crm/                leads.csv, follow_ups.csv and deals.csv, each with its mapping (.toml), and
                        webhooks.jsonl: at, path, body; its rows are read by the same mappings
    attendance/         a list for each salon
    rates/              what currencies are worth, by the European Central Bank and, restated, in yuan
    corrections.jsonl   what people say by hand of who is who: at, names in the clear (of two who are not one
                        person, or one that is nobody's), reason
    truth/              JSON arrays of rows: keyword_performance, keyword_pnl, funnel_by_period,
                        funnel_by_cohort, steps_reached, stage_durations, stage_history, transitions,
                        poc_outcomes, deal_outcomes, content_performance, attribution_MODEL, data_quality,
                        exchange_rates, own_money_flows, deal_origins as the reports must say them; people,
                        leads, deals, stories, unknowable

    The truth holds personal data in the clear: where an identifier begins with "email:" or "phone:", a report
    has its token.
    """
    _put(folder / "requests.jsonl", (request.line() for request in requests_of(market)))
    for part, files in (
        ("sem", sem_files),
        ("crm", crm_files),
        ("attendance", attendance_files),
        ("rates", rate_files),
    ):
        for name, content in files(market):
            _put(folder / part / name, [content])
    _put(folder / "corrections.jsonl", map(_line, market.corrections))
    for name, rows in truth_files(market):
        _put(folder / "truth" / name, as_json(rows))


def _line(correction: Correction) -> bytes:
    told = {"at": correction.at, "names": correction.names, "reason": correction.reason}
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _put(path: Path, pieces: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines(pieces)
