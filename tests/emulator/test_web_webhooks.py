"""The pages of the webhooks and of a merge: what a person sees and presses."""

from tests.emulator.conftest import Shop
from tests.emulator.listener import Listener, eventually


def post(shop: Shop, path: str, **form: str) -> str:
    """Press a button; the text of the page that it leads to."""
    url = f"{shop.company.emulator.url}/company/{shop.company.realm_id}/{path}"
    return shop.company.emulator.session.post(url, data=form, timeout=30).text


def page(shop: Shop) -> str:
    url = f"{shop.company.emulator.url}/company/{shop.company.realm_id}/webhooks/"
    return shop.company.emulator.session.get(url, timeout=30).text


def test_a_person_sets_the_address_and_sees_what_was_answered(shop: Shop, listener: Listener) -> None:
    assert "Nothing was posted yet" in page(shop)
    post(shop, "webhooks/listen", url=listener.url, verifierToken="v", format="cloudevents")
    invoice = shop.invoice()
    assert listener.next().told == [("invoice.created", invoice["Id"])]
    eventually(lambda: ["seen"] if "delivered" in page(shop) else [])
    assert "intuit-notification-schema-version" in page(shop)


def test_a_person_sends_a_test_event_and_a_delivery_again(shop: Shop, listener: Listener) -> None:
    assert "no endpoint listens" in post(shop, "webhooks/test")
    shop.company.listen(listener.url)
    assert "on its way" in post(shop, "webhooks/test")
    body = listener.next().body
    number = shop.company.deliveries()[0]["number"]
    assert "once more" in post(shop, f"webhooks/{number}/resend")
    assert listener.next().body == body
    assert "not remembered" in post(shop, "webhooks/999999/resend")


def test_an_address_elsewhere_is_refused_on_the_page(shop: Shop) -> None:
    assert "not an http address on this machine" in post(shop, "webhooks/listen", url="http://example.com/")


def test_a_person_merges_customers(shop: Shop) -> None:
    bo = shop.company.create("Customer", {"DisplayName": "Bo"})
    assert "no customer is called" in post(shop, f"customers/{bo['Id']}/merge", into="Nobody")
    assert "merged into Ann Archer" in post(shop, f"customers/{bo['Id']}/merge", into="Ann Archer")
    assert shop.company.call("GET", f"customer/{bo['Id']}").code == "610"
