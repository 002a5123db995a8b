"""The rules of faults under several threads."""

import threading
from pathlib import Path

from emulator.database import Database
from emulator.injection import Faults, Rule


def test_clearing_faults_waits_for_a_courier_that_asks_in_the_middle_of_a_write(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "emulator.sqlite3"))
    faults = Faults(database)
    faults.add(Rule("503", realm_id="1", count=0))
    clearing = threading.Thread(target=faults.clear, args=("1",), daemon=True)

    def carry() -> None:
        with database.writing():
            clearing.start()
            clearing.join(timeout=0.2)  # it cannot end before us: this is time for it to get as far as it can
            faults.strike_event("1", "invoice.created", "Invoice")

    courier = threading.Thread(target=carry, daemon=True)
    courier.start()
    courier.join(timeout=5)
    clearing.join(timeout=5)
    assert not courier.is_alive()
    assert faults.rules() == []
