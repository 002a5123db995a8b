from qbo.management.companies import FullRead


class Command(FullRead):
    help = (
        "Compares every record with QuickBooks by reading all of them: takes in what differs, and buries what is gone. "
        "`manage.py proof` compares the money only, in three reads."
    )
