"""The main job end to end: what people do here is in QuickBooks, and the other way round."""

from collections.abc import Callable
from decimal import Decimal

from customers.models import Customer, Term
from invoices.editing import save_invoice
from invoices.models import Account, Invoice, InvoiceLine, Item, Payment, PaymentMethod
from invoices.receiving import save_payment
from qbo.models import Company, ImportRun, OutboxEntry, Request, SyncState, Verb
from qbo.sync import importing, outbox
from tests.emulator_process import EmulatorCompany
from tests.flows.both_sides import assert_in_step, money

Work = Callable[[], None]


def an_item(company: Company, name: str = "Spring cleanup", rate: str = "120") -> Item:
    return Item.objects.create(
        company=company,
        name=name,
        unit_price=Decimal(rate),
        income_account=Account.objects.filter(company=company).income().first(),
    )


def an_invoice(company: Company, customer: Customer, item: Item, quantity: str, rate: str) -> Invoice:
    amount = (Decimal(quantity) * Decimal(rate)).quantize(Decimal("0.01"))
    invoice = Invoice(company=company, customer=customer)
    line = InvoiceLine(
        item=item, description=item.name, quantity=Decimal(quantity), rate=Decimal(rate), amount=amount
    )
    return save_invoice(invoice, [line], by=None)


def a_check(company: Company, customer: Customer, total: str, on: dict[Invoice, str]) -> Payment:
    payment = Payment(
        company=company,
        customer=customer,
        method=PaymentMethod.objects.get(company=company, name="Check"),
        ref_number="10418",
        total=Decimal(total),
        deposit_to=Account.objects.get(company=company, account_sub_type="UndepositedFunds"),
    )
    return save_payment(payment, {invoice: Decimal(amount) for invoice, amount in on.items()}, by=None)


def test_the_lists_arrive_with_the_import(company: Company, qb: EmulatorCompany) -> None:
    run = ImportRun.objects.get()

    assert (run.state, run.percent) == (ImportRun.State.DONE, 100)
    assert Term.objects.filter(company=company, name="Net 30", due_days=30).exists()
    assert_in_step(company, qb)


def test_a_second_import_changes_nothing(company: Company, qb: EmulatorCompany, work: Work) -> None:
    before = {model: model.objects.count() for model in (Term, Account, PaymentMethod, Customer)}
    importing.start(company)
    work()

    assert before == {model: model.objects.count() for model in before}
    assert_in_step(company, qb)


def test_an_invoice_for_a_new_customer_with_a_new_item(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court", email="ap@alder.example")
    invoice = an_invoice(company, customer, an_item(company), "14.5", "128.35")
    work()

    invoice.refresh_from_db()
    assert invoice.total == Decimal("1861.08")  # half a cent up, as QuickBooks does
    assert invoice.doc_number
    assert invoice.sync_state == SyncState.IN_QUICKBOOKS
    assert_in_step(company, qb)


def test_creating_one_invoice_is_one_write_and_no_read(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    item = an_item(company)
    work()
    before = len(qb.requests())
    an_invoice(company, customer, item, "1", "100")
    work()

    assert [request["method"] for request in qb.requests()[before:]] == ["POST"]


def test_one_check_over_several_invoices(company: Company, qb: EmulatorCompany, work: Work) -> None:
    customer = Customer.objects.create(company=company, display_name="Kestrel Ridge")
    item = an_item(company)
    first, second, third = (
        an_invoice(company, customer, item, "1", rate) for rate in ("100", "250.50", "80")
    )
    payment = a_check(company, customer, "400", {first: "100", second: "250.50", third: "30"})

    third.refresh_from_db()
    assert third.balance == Decimal("50.00")  # at once, before QuickBooks knows
    work()
    third.refresh_from_db()
    payment.refresh_from_db()
    assert third.balance == Decimal("50.00")
    assert payment.unapplied == Decimal("19.50")
    assert_in_step(company, qb)
    assert money(qb.read("Customer", customer_id(customer))["Balance"]) == Decimal("30.50")


def customer_id(customer: Customer) -> str:
    customer.refresh_from_db()
    return customer.qbo_id


def test_an_allocation_taken_back_frees_the_invoice(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Kestrel Ridge")
    item = an_item(company)
    first, second = (an_invoice(company, customer, item, "1", "100") for _ in range(2))
    payment = a_check(company, customer, "200", {first: "100", second: "100"})
    work()
    payment.refresh_from_db()
    save_payment(payment, {first: Decimal(100)}, by=None)
    second.refresh_from_db()
    assert second.balance == Decimal(100)
    work()

    second.refresh_from_db()
    payment.refresh_from_db()
    assert (second.balance, payment.unapplied) == (Decimal(100), Decimal(100))
    assert_in_step(company, qb)


def test_voiding_and_deleting(company: Company, qb: EmulatorCompany, work: Work) -> None:
    customer = Customer.objects.create(company=company, display_name="Kestrel Ridge")
    item = an_item(company)
    paid, voided, deleted = (an_invoice(company, customer, item, "1", "100") for _ in range(3))
    payment = a_check(company, customer, "100", {paid: "100"})
    work()
    for obj, verb in ((payment, Verb.VOID), (voided, Verb.VOID), (deleted, Verb.DELETE)):
        obj.refresh_from_db()
        outbox.command(obj, verb)
    work()

    for obj in (paid, voided, deleted, payment):
        obj.refresh_from_db()
    assert paid.balance == Decimal(100)
    assert (voided.is_void, voided.total) == (True, Decimal(0))
    assert deleted.is_gone
    assert payment.is_void
    assert_in_step(company, qb)


def test_sending(company: Company, qb: EmulatorCompany, work: Work) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    outbox.command(invoice, Verb.SEND, to="ap@alder.example")
    work()

    invoice.refresh_from_db()
    assert invoice.email_status == "EmailSent"
    assert invoice.emailed_at is not None
    assert [mail["recipient"] for mail in qb.emails()] == ["ap@alder.example"]
    assert_in_step(company, qb)


def test_send_then_edit_sends_what_was_seen(company: Company, qb: EmulatorCompany, work: Work) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    outbox.command(invoice, Verb.SEND, to="ap@alder.example")
    line = invoice.lines.get()
    line.quantity, line.amount = Decimal(3), Decimal(300)
    save_invoice(invoice, [line], by=None)
    work()

    sent, edited = (
        [request for request in qb.requests() if request["path"].endswith("/send")],
        qb.all("Invoice"),
    )
    assert len(sent) == 1
    assert money(edited[0]["TotalAmt"]) == Decimal(300)
    kinds = [(entry.verb, entry.is_frozen) for entry in OutboxEntry.objects.filter(entity="Invoice")]
    assert kinds == [("save", True), ("send", False), ("save", False)]
    assert_in_step(company, qb)


def test_what_people_do_in_quickbooks_arrives(
    company: Company, qb: EmulatorCompany, work: Work, look: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    qb.edit("Customer", customer_id(customer), {"CompanyName": "Alder Court HOA"})
    qb.create("Payment", {"CustomerRef": {"value": customer.qbo_id}, "TotalAmt": 60, "Line": [
        {"Amount": 60, "LinkedTxn": [{"TxnId": invoice.qbo_id, "TxnType": "Invoice"}]}]})  # fmt: skip
    look()

    customer.refresh_from_db()
    invoice.refresh_from_db()
    assert customer.company_name == "Alder Court HOA"
    assert invoice.balance == Decimal(40)
    assert Payment.objects.get().allocations.get().invoice == invoice
    assert_in_step(company, qb)


def test_a_deletion_in_quickbooks_leaves_a_tombstone(
    company: Company, qb: EmulatorCompany, work: Work, look: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    work()
    invoice.refresh_from_db()
    qb.edit("Invoice", invoice.qbo_id, operation="delete")
    look()

    invoice.refresh_from_db()
    assert invoice.is_gone
    assert invoice.qbo_id
    assert invoice.sync_state == SyncState.GONE
    assert_in_step(company, qb)


def test_looking_again_without_news_reads_nothing_more(
    company: Company, qb: EmulatorCompany, look: Work
) -> None:
    look()
    before = len(qb.requests())
    look()

    assert [request["path"].rpartition("/")[2] for request in qb.requests()[before:]] == ["cdc"]


def test_saving_without_a_change_makes_no_call(company: Company, qb: EmulatorCompany, work: Work) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    work()
    before = len(qb.requests())
    customer.refresh_from_db()
    customer.save()
    work()

    assert len(qb.requests()) == before
    assert Request.objects.count() == 1
    assert_in_step(company, qb)


def test_sums_that_quickbooks_works_out_otherwise_are_said_with_their_cause(
    company: Company, qb: EmulatorCompany, work: Work
) -> None:
    customer = Customer.objects.create(company=company, display_name="Alder Court")
    invoice = an_invoice(company, customer, an_item(company), "1", "100")
    equal = an_invoice(company, customer, Item.objects.get(company=company), "1", "50")
    Invoice.objects.filter(pk=invoice.pk).update(total=Decimal("108.25"), total_tax=Decimal("8.25"))
    work()

    remarks = dict(OutboxEntry.objects.filter(entity="Invoice").values_list("object_id", "remark"))
    assert "100.00 where 108.25 stood here: its tax is 0.00 instead of 8.25" in remarks[invoice.pk]
    assert remarks[equal.pk] == ""
    invoice.refresh_from_db()
    assert invoice.total == Decimal(100)
    assert_in_step(company, qb)
