"""Who Harbor & Pine Landscaping works for: invented people in real towns around Monterey Bay.

Every e-mail address ends in .example, every telephone number lies in the range kept free for fiction
(555-01xx).
"""

from dataclasses import dataclass

NET_15, NET_30, NET_60, ON_RECEIPT = "Net 15", "Net 30", "Net 60", "Due on receipt"


@dataclass(frozen=True)
class Person:
    """One customer as the office knows it, with how it buys and how it pays.

    `monthly`: months of a maintenance contract so far, 0 for none. `projects`: orders other work too.
    `holds`: for how many days up to now it has paid nothing, so that one check can pay it all.
    `pays`: "check" (one check for everything open, once a month or two), "card" (each invoice, within days),
    "slow" (checks, weeks late), "parts" (a part first, the rest later) or "cash".
    """

    name: str
    street: str
    city: str
    postal_code: str
    given: str = ""
    family: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    term: str = NET_30
    monthly: int = 0
    holds: int = 0
    projects: bool = True
    pays: str = "check"
    parent: str = ""
    notes: str = ""


SANTA_CRUZ, CAPITOLA, APTOS = (
    ("Santa Cruz", "95060"),
    ("Capitola", "95010"),
    ("Aptos", "95003"),
)
SOQUEL, WATSONVILLE, SCOTTS_VALLEY = (
    ("Soquel", "95073"),
    ("Watsonville", "95076"),
    ("Scotts Valley", "95066"),
)
FELTON, MONTEREY = ("Felton", "95018"), ("Monterey", "93940")

MANAGER = "Kestrel Ridge Property Management LLC"
LONG_NAME = "The Whitcombe-Ferrars Family Trust, c/o Delacroix & Sons Fiduciary Services of Monterey Bay"
GONE = "Bluebird Garden Supply"
OVERPAYER = "Cobblestone Brewing Co."

COMPANIES = (
    Person(
        MANAGER,
        "2210 41st Avenue, Suite 300",
        *CAPITOLA,
        company=MANAGER,
        email="ap@kestrelridge.example",
        phone="(831) 555-0101",
        notes="Every building pays with its own check. Wants the building's name on each invoice.",
        projects=False,
    ),
    Person(
        "Alder Court",
        "14 Alder Court",
        *CAPITOLA,
        email="ap@kestrelridge.example",
        parent=MANAGER,
        monthly=18,
        projects=False,
    ),
    Person(
        "Birch Terrace",
        "880 Birch Terrace",
        *SOQUEL,
        email="ap@kestrelridge.example",
        parent=MANAGER,
        monthly=18,
        projects=False,
    ),
    Person(
        "Cedar Row Townhomes",
        "1-24 Cedar Row",
        *APTOS,
        email="ap@kestrelridge.example",
        parent=MANAGER,
        monthly=18,
        projects=False,
        holds=65,
    ),
    Person(
        LONG_NAME,
        "1 Ocean View Boulevard",
        *MONTEREY,
        company="Delacroix & Sons Fiduciary Services",
        email="trusts@delacroixandsons.example",
        phone="(831) 555-0104",
        term=NET_60,
        pays="slow",
        notes="Invoices go to the trustee, never to the house.",
        monthly=18,
    ),
    Person(
        "Vandermeer & Osei Architects",
        "512 Front Street",
        *SANTA_CRUZ,
        company="Vandermeer & Osei Architects",
        given="Femke",
        family="Vandermeer",
        email="accounts@vandermeerosei.example",
        phone="(831) 555-0105",
        pays="parts",
    ),
    Person(
        "Thistledown Bed & Breakfast",
        "77 Seabright Avenue",
        *SANTA_CRUZ,
        company="Thistledown Bed & Breakfast",
        given="Agnes",
        family="Thistle",
        email="agnes@thistledown.example",
        phone="(831) 555-0106",
        term=NET_15,
        monthly=12,
    ),
    Person(
        "Port of Santa Lucia Authority",
        "1 Harbor Drive",
        *SANTA_CRUZ,
        company="Port of Santa Lucia Authority",
        email="payables@portofsantalucia.example",
        phone="(831) 555-0107",
        term=NET_60,
        pays="slow",
        notes="Purchase order number has to be in the memo.",
    ),
    Person(
        OVERPAYER,
        "1901 Mission Street",
        *SANTA_CRUZ,
        company=OVERPAYER,
        given="Marcus",
        family="Okafor",
        email="books@cobblestonebrewing.example",
        phone="(831) 555-0108",
        monthly=7,
    ),
    Person(
        "Larkspur Montessori School",
        "3300 Granite Creek Road",
        *SCOTTS_VALLEY,
        company="Larkspur Montessori School",
        email="office@larkspurmontessori.example",
        phone="(831) 555-0109",
        pays="check",
        monthly=10,
    ),
    Person(
        "Ironwood Senior Living, East Campus",
        "640 Green Valley Road",
        *WATSONVILLE,
        company="Ironwood Senior Living",
        email="east@ironwoodliving.example",
        phone="(831) 555-0110",
        monthly=18,
        holds=100,
    ),
    Person(
        "Oyster Point Marina & Boatyard",
        "2 Sand Dollar Lane",
        *APTOS,
        company="Oyster Point Marina & Boatyard",
        email="office@oysterpointmarina.example",
        phone="(831) 555-0111",
        pays="slow",
    ),
    Person(
        "Ashgrove Homeowners Association",
        "100 Ashgrove Circle",
        *SCOTTS_VALLEY,
        company="Ashgrove Homeowners Association",
        given="Lorraine",
        family="Petty",
        email="treasurer@ashgrovehoa.example",
        phone="(831) 555-0112",
        holds=75,
    ),
    Person(
        "Pajaro Valley Veterinary Clinic",
        "415 Freedom Boulevard",
        *WATSONVILLE,
        company="Pajaro Valley Veterinary Clinic",
        email="frontdesk@pajarovet.example",
        phone="(831) 555-0113",
        pays="card",
        term=NET_15,
        monthly=12,
    ),
    Person(
        "Café Doña Inés",
        "228 Union Street",
        *WATSONVILLE,
        company="Café Doña Inés",
        given="Inés",
        family="Quiñones",
        email="ines@cafedonaines.example",
        phone="(831) 555-0114",
        term=NET_15,
        pays="card",
    ),
    Person(
        "Redwood Chapel of Felton",
        "6250 Highway 9",
        *FELTON,
        company="Redwood Chapel of Felton",
        phone="(831) 555-0115",
        notes="No e-mail. Invoices by post, to the chapel office.",
    ),
    Person(
        "Tidewater Dental Group",
        "1595 Soquel Drive, Suite 210",
        *SOQUEL,
        company="Tidewater Dental Group",
        email="billing@tidewaterdental.example",
        phone="(831) 555-0116",
        monthly=9,
    ),
    Person(
        "Brightwater Builders Inc.",
        "70 Airport Boulevard",
        *WATSONVILLE,
        company="Brightwater Builders Inc.",
        given="Tom",
        family="Halloran",
        email="tom@brightwaterbuilders.example",
        phone="(831) 555-0117",
        pays="parts",
    ),
    Person(
        GONE,
        "9 Old County Road",
        *APTOS,
        company=GONE,
        email="orders@bluebirdgarden.example",
        phone="(831) 555-0118",
        pays="card",
        notes="Closed its doors. Nothing open.",
    ),
)

HOUSEHOLDS = (
    ("Maribel", "Santos-Whitaker", "310 Cliff Drive", *SANTA_CRUZ, 0, "card"),
    ("Priya", "Raman", "1422 Trout Gulch Road", *APTOS, 0, "check"),
    ("Dale", "Abernathy", "18 Bonny Doon Lane", *SANTA_CRUZ, 0, "slow"),
    ("Hiroshi", "Tanabe", "505 Pilgrim Drive", *CAPITOLA, 14, "check"),
    ("Renée", "Fontaine-Dubois", "2201 Redwood Drive", *APTOS, 0, "check"),
    ("Otis", "Grantham", "47 Laurel Glen Road", *SOQUEL, 0, ""),
    ("Wilhelmina", "Bakker", "909 High Street", *SANTA_CRUZ, 6, "check"),
    ("Luis", "Escamilla", "63 Brewington Avenue", *WATSONVILLE, 0, "card"),
    ("Joanna", "Prewitt", "7 Lockewood Lane", *SCOTTS_VALLEY, 0, "check"),
    ("Samir", "Haddad", "1180 Rodeo Gulch Road", *SOQUEL, 0, "parts"),
    ("Beatrix", "Oyelaran", "256 Escalona Drive", *CAPITOLA, 0, "card"),
    ("Curtis", "Lindqvist", "88 Zayante Drive", *FELTON, 0, ""),
    ("Mei-Ling", "Cho", "430 Meder Street", *SANTA_CRUZ, 0, "check"),
    ("Frances", "Delgado", "15 Casserly Road", *WATSONVILLE, 0, "check"),
    ("Arthur", "Penhaligon", "721 El Rancho Drive", *SCOTTS_VALLEY, 0, "slow"),
    ("Nadia", "Kowalczyk", "39 Moran Way", *SANTA_CRUZ, 0, "card"),
    ("Gideon", "Marsh", "2650 Valencia Road", *APTOS, 0, "check"),
    ("Theodora", "Vance", "101 Monterey Avenue", *CAPITOLA, 0, "check"),
    ("Patrick", "O'Dwyer", "5 Hidden Glen Drive", *SCOTTS_VALLEY, 0, "card"),
    ("Constance", "Abara", "1733 King Street", *SANTA_CRUZ, 0, "check"),
    ("Elias", "Brandt", "8 Graham Hill Road", *FELTON, 0, "check"),
)


def people() -> tuple[Person, ...]:
    """Every customer of the demo company, parents before their sub-customers."""
    return COMPANIES + tuple(_household(number, row) for number, row in enumerate(HOUSEHOLDS))


def _household(number: int, row: tuple[str, str, str, str, str, int, str]) -> Person:
    given, family, street, city, postal_code, monthly, pays = row
    # The two without a habit are the ones who never gave an address: they pay cash at the truck.
    email = f"{given}.{family}@mail.example".lower().replace("é", "e").replace("'", "") if pays else ""
    return Person(
        f"{given} {family}",
        street,
        city,
        postal_code,
        given=given,
        family=family,
        email=email,
        phone=f"(831) 555-{120 + number:04d}",
        term=NET_15 if monthly else ON_RECEIPT if not pays else NET_30,
        monthly=monthly,
        pays=pays or "cash",
    )
