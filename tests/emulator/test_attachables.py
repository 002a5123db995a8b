"""Facts 9.5: notes and files on records; their contents are uploaded elsewhere."""

from tests.emulator.conftest import Json, Shop


def note(shop: Shop, *targets: tuple[str, str], **more: object) -> Json:
    links = [{"EntityRef": {"type": kind, "value": identity}} for kind, identity in targets]
    return shop.company.create("Attachable", {"Note": "Gate code 4711", "AttachableRef": links, **more})


def test_9_5_a_note_on_an_invoice(shop: Shop) -> None:
    invoice = shop.invoice()
    made = note(shop, ("invoice", invoice["Id"]))
    link = {"EntityRef": {"value": invoice["Id"], "type": "Invoice"}, "IncludeOnSend": False}
    assert made["AttachableRef"] == [link]
    assert shop.again("Attachable", made) == made


def test_2_flags_may_come_as_text(shop: Shop) -> None:
    link = {"IncludeOnSend": "true", "EntityRef": {"type": "Customer", "value": shop.customer["Id"]}}
    made = shop.company.create("Attachable", {"Note": "x", "AttachableRef": [link]})
    assert made["AttachableRef"][0]["IncludeOnSend"] is True


def test_3_notes_are_found_by_what_they_hang_on(shop: Shop) -> None:
    first, second = shop.invoice(), shop.invoice()
    made = [note(shop, ("Invoice", form["Id"])) for form in (first, second)]
    where = f"AttachableRef.EntityRef.Type = 'invoice' AND AttachableRef.EntityRef.value = '{second['Id']}'"
    assert [found["Id"] for found in shop.company.query(f"SELECT * FROM Attachable WHERE {where}")] == [
        made[1]["Id"]
    ]


def test_9_5_a_file_or_a_note_is_needed(shop: Shop) -> None:
    assert shop.company.call("POST", "attachable", {"Tag": "x"}).code == "2020"
    assert shop.company.call("POST", "attachable", {"Note": "x" * 2001}).code == "2050"
    assert shop.company.call("POST", "attachable", {"Note": "x", "Category": "Song"}).code == "2170"


def test_8_3_it_must_hang_on_something_that_is_there(shop: Shop) -> None:
    for target, code in ((("Invoice", "9999"), "2500"), (("Spaceship", "1"), "2170")):
        link = {"EntityRef": {"type": target[0], "value": target[1]}}
        assert shop.company.call("POST", "attachable", {"Note": "x", "AttachableRef": [link]}).code == code


def test_9_5_changed_and_deleted(shop: Shop) -> None:
    made = note(shop, ("Customer", shop.customer["Id"]))
    changed = shop.company.update("Attachable", {**made, "Note": "Gate code 4712"})
    assert (changed["Note"], changed["SyncToken"]) == ("Gate code 4712", "1")
    shop.company.api("POST", "attachable?operation=delete", changed)
    assert shop.company.call("GET", f"attachable/{made['Id']}").code == "610"
