"""The second demo company, small enough to read whole: Cedar & Quill Bookkeeping, half a year old."""

from datetime import date, timedelta
from decimal import Decimal

from emulator.seed.catalog import SERVICE
from emulator.seed.orders import Order, OrderLine, months_before
from emulator.seed.people import MONTEREY, NET_15, ON_RECEIPT, SANTA_CRUZ, WATSONVILLE, Person

ITEMS = (
    ("Monthly bookkeeping", SERVICE, "450.00", "Bookkeeping and bank reconciliation"),
    ("Payroll run", SERVICE, "85.00", "Payroll, per run"),
    ("Sales tax filing", SERVICE, "120.00", "Quarterly sales tax return"),
    ("Books cleanup", SERVICE, "95.00", "Books cleanup, per hour"),
    ("Year-end package", SERVICE, "1250.00", "Year-end statements for your accountant"),
)
PRICES = {name: Decimal(price) for name, _, price, _ in ITEMS}
TEXTS = {name: text for name, _, _, text in ITEMS}

CLIENTS = (
    Person(
        "Lantern Lane Books", "12 Alvarado Street", *MONTEREY, email="shop@lanternlane.example", term=NET_15
    ),
    Person("Gull Rock Charters", "3 Wharf Road", *MONTEREY, email="crew@gullrock.example", pays="slow"),
    Person(
        "Paloma Ceramics", "81 Swift Street", *SANTA_CRUZ, email="studio@palomaceramics.example", pays="card"
    ),
    Person(
        "Hollis & Daughters Roofing", "400 Beach Street", *WATSONVILLE, email="office@hollisroofing.example"
    ),
    Person("Verbena Yoga", "22 Locust Street", *SANTA_CRUZ, email="hello@verbenayoga.example", pays="card"),
    Person("Odell Marsh", "5 Spruce Avenue", *MONTEREY, term=ON_RECEIPT, pays="cash"),
)
# What each client has every month, by name of the item and how many.
MONTHLY = {
    "Lantern Lane Books": (("Monthly bookkeeping", 1), ("Payroll run", 2)),
    "Gull Rock Charters": (("Monthly bookkeeping", 1),),
    "Hollis & Daughters Roofing": (("Monthly bookkeeping", 1), ("Payroll run", 4)),
    "Verbena Yoga": (("Monthly bookkeeping", 1),),
}


def plan(today: date) -> list[Order]:
    """Six months of retainers and a few hours besides, oldest first."""
    firsts = [months_before(today.replace(day=1), ago) for ago in range(6)]
    retainers = [_order(name, first, work) for first in firsts for name, work in MONTHLY.items()]
    extras = [
        _order("Paloma Ceramics", today - timedelta(days=66), (("Books cleanup", 6),)),
        _order("Odell Marsh", today - timedelta(days=33), (("Books cleanup", 3), ("Sales tax filing", 1))),
        _order("Paloma Ceramics", today - timedelta(days=5), (("Year-end package", 1),)),
    ]
    return sorted(retainers + extras, key=lambda order: order.on)


def _order(customer: str, on: date, work: tuple[tuple[str, int], ...]) -> Order:
    lines = tuple(OrderLine(item, Decimal(count), PRICES[item], TEXTS[item]) for item, count in work)
    return Order(customer, on, lines)
