from typing import Any

from django.core.management.base import BaseCommand

from qbo import tokens
from qbo.models import Company


class Command(BaseCommand):
    help = "Encrypts every stored QuickBooks token with the first of TOKEN_KEYS. Afterwards old keys can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for company in Company.objects.exclude(refresh_token=""):
            tokens.encrypt_again(company)
            count += 1
        self.stdout.write(f"Encrypted the tokens of {count} companies with the first key.")
