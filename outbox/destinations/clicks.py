"""The click that a conversion goes back to: which of a lead's, and why there is none that counts."""

from dataclasses import dataclass
from typing import Final

from outbox.destination import Account
from outbox.orders import Order, Touch

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Click:
    """One click: the name and value of its id, and the touch that began with it."""

    name: str
    value: str
    touch: Touch


@dataclass(frozen=True, slots=True)
class ClickRule:
    """Which click ids a platform takes, best first, and for how many days; None: it doesn't say."""

    title: str
    network: str
    names: tuple[str, ...]
    days: int | None = None

    def click(self, order: Order) -> Click | None:
        """The last click before the stage; of two ids in one URL the one that stands first in `names`."""
        for touch in reversed(order.clicks(self.network)):
            ids = dict(each.split("=", 1) for each in touch.click_ids if "=" in each)
            for name in self.names:
                if ids.get(name):
                    return Click(name, ids[name], touch)
        return None

    def lacking(self, order: Order, account: Account) -> str | None:
        """Why the order can't be told by its click: there is none, it is too old, or its person said no."""
        if order.consent.ad_user_data is False:
            return "the person did not consent to the use of its data for ads"
        click = self.click(order)
        if click is None:
            return f"no click id of {self.title} ({', '.join(self.names)}) stands on the journey"
        return self.too_late(order.happened_at, click, account)

    def too_late(self, happened_at: int, click: Click, account: Account) -> str | None:
        """Why a time (ms) lies outside the days that a click counts; None: it doesn't."""
        days = self.days if account.click_days is None else account.click_days
        age = happened_at - click.touch.at
        if age < 0:
            return f"it happened before the click of {self.title}"
        if days is not None and age > days * DAY_MS:
            return f"the click of {self.title} is older than the {days} days for which it counts"
        return None
