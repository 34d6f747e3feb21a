"""The salons' attendance lists, as their organisers keep them."""

from collections.abc import Iterator

from market.contacts import address_typed, as_typed
from market.model import Attendance, Market
from market.tables import csv_bytes
from market.times import wall_clock

_HEADER = ("活动名称", "营销活动", "城市", "签到时间", "邮箱", "手机", "公司")


def attendance_files(market: Market) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each salon's list."""
    lists: dict[str, list[Attendance]] = {}
    for attendance in market.attendances:
        lists.setdefault(attendance.salon.slug, []).append(attendance)
    for slug, attendances in sorted(lists.items()):
        rows = [
            (
                attendance.salon.name,
                attendance.salon.campaign,
                attendance.salon.city,
                wall_clock(attendance.at),
                address_typed(attendance.contact.email, 3),
                as_typed(attendance.contact.phone),
                attendance.contact.company,
            )
            for attendance in attendances
        ]
        yield f"{slug}.csv", csv_bytes([_HEADER, *rows], "utf-8-sig")
