from tests.flows.conftest import against_the_emulator, company, connected, emulator, look, qb, work

__all__ = ["against_the_emulator", "company", "connected", "emulator", "look", "qb", "work"]
