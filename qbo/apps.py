from django.apps import AppConfig


class QboConfig(AppConfig):
    name = "qbo"
    verbose_name = "QuickBooks"

    def ready(self) -> None:
        from qbo import checks, signals, wording  # noqa: F401  (checks register themselves)

        wording.install()
        signals.connect()
