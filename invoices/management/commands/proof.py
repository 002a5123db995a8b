"""`manage.py proof`: compare what is owed here with QuickBooks' own reports, now."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invoices.models import Proof
from invoices.proof import errand
from qbo.management.companies import add_company_option, chosen
from qbo.sync import worker


class Command(BaseCommand):
    help = (
        "Compares what is owed here with QuickBooks' own reports, to the cent. Ends with 1 when they differ."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_option(parser)
        parser.add_argument("--as-of", type=date.fromisoformat, help="a day, as 2026-03-31 (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        proofs = [self._prove(company, options["as_of"]) for company in chosen(options["company"])]
        if not all(proof.agrees for proof in proofs):
            raise CommandError("Not everything agrees.", returncode=1)

    def _prove(self, company: Any, as_of: date | None) -> Proof:
        proof = errand.ask(company, as_of=as_of)
        worker.run(company.pk)
        proof.refresh_from_db()
        if proof.state != Proof.State.DONE:
            raise CommandError(
                f"{company}: {proof.problem or 'QuickBooks could not be asked now; see qbo_status.'}"
            )
        self.stdout.write(f"{company} as of {proof.as_of}")
        for name in ("open invoices", "unapplied money", "other entries", "together"):
            sums = proof.sums[name]
            self.stdout.write(f"  {name:<18}{sums['here']:>16,.2f}{sums['there']:>16,.2f}")
        for row in proof.differences:
            mark = "explained" if row["explained"] else "DIFFERS"
            self.stdout.write(
                f"  {mark:<10} {row['label']}, {row['customer']}: {row['here']:,.2f} here, "
                f"{row['there']:,.2f} in QuickBooks ({row['kind']})"
            )
        self.stdout.write("  equal to the cent" if proof.agrees else "  NOT equal")
        return proof
