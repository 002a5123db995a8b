from qbo.management.companies import FullRead


class Command(FullRead):
    help = "Reads everything from QuickBooks, with progress. Safe to repeat; an interrupted run goes on where it was."
