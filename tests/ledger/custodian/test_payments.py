"""A payment from preparation to the bank's last word."""

import pytest
from django.db import IntegrityError, connection, transaction

from longtail.ledger import posting
from longtail.ledger import queries as ledger
from longtail.ledger.custodian import courier, queries, rules, services
from longtail.ledger.custodian.models import Instruction
from longtail.ledger.custodian.reconcile import reconcile
from longtail.ledger.custodian.sandbox import services as bank
from longtail.values.eyes import FourEyesRequired
from longtail.values.money import Money
from longtail.values.refusal import InvalidInput
from tests.ledger.custodian.desk import (
    ANN,
    NOW,
    PAYEE,
    TODAY,
    balance,
    fund,
    letter_of,
    open_wallet,
    pay_in,
    prepare,
    release,
    untie_instructions,
    usd,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _funds(db):  # noqa: ARG001
    fund(1_000)


def state(code):
    return queries.instruction(code).state


def test_money_paid_in_reaches_the_account_whose_reference_was_quoted():
    assert balance().available_minor == 1_000
    (receipt,) = queries.receipts_after(last_id=0, prefix="wallet:")
    assert (receipt.account_code, receipt.amount_minor, receipt.remitter) == (
        ANN.code,
        1_000,
        "Ann Ltd",
    )
    assert queries.receipts_after(last_id=receipt.id, prefix="wallet:") == []
    assert queries.receipts_after(last_id=0, prefix="collection:") == []


def test_a_payment_is_held_released_sent_and_settled():
    code = prepare().code
    assert (state(code), balance().held_minor) == ("prepared", 400)
    services.release_payment(code=code, by="leo", at=NOW)
    assert state(code) == "released"
    done = courier.exchange(at=NOW)
    assert (done.sent, done.booked, done.refused) == (1, 1, 0)
    assert state(code) == "settled"
    assert balance() == ledger.Balance(600, 0, 600, "USD")
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced
    assert ledger.is_sound() == []


def test_nothing_is_sent_before_a_second_person_released_it():
    code = prepare().code
    with pytest.raises(FourEyesRequired, match="another person"):
        services.release_payment(code=code, by="mia", at=NOW)
    assert courier.exchange(at=NOW).sent == 0
    assert state(code) == "prepared"
    with pytest.raises(IntegrityError, match="instruction_four_eyes"), transaction.atomic():
        Instruction.objects.update(released_by="mia")


@pytest.mark.parametrize("state", ["released", "sent", "settled"])
def test_the_database_sends_nothing_that_nobody_released(state):
    prepare()
    with pytest.raises(IntegrityError, match="released_before_sent"), transaction.atomic():
        Instruction.objects.update(state=state)


def test_releasing_twice_is_safe_and_a_third_person_is_too_late():
    code = release()
    assert services.release_payment(code=code, by="leo", at=NOW).state == "released"
    with pytest.raises(rules.IllegalStep, match="latest state"):
        services.release_payment(code=code, by="zoe", at=NOW)


def test_preparing_again_holds_nothing_and_another_payee_is_refused():
    first = prepare()
    assert prepare().code == first.code
    assert balance().held_minor == 400
    other = services.Payee(name="Mallory", account="GB33BUKB20201555555555")
    with pytest.raises(posting.KeyReused):
        prepare(payee=other)
    assert Instruction.objects.count() == 1


def test_more_than_is_available_is_refused_and_nothing_is_kept():
    with pytest.raises(posting.InsufficientFunds):
        prepare(1_001)
    assert Instruction.objects.count() == 0
    assert balance().held_minor == 0


def test_what_no_message_could_carry_is_refused_field_by_field():
    payee = services.Payee(name=" ", account="x" * 35, bic="nope")
    with pytest.raises(InvalidInput) as caught:
        services.prepare_payment(
            key="k",
            account_code=ANN.code,
            payee=payee,
            amount=Money(0, "USD"),
            reference="r" * 36,
            purpose="a\0b",
            by="mia",
            at=NOW,
        )
    assert set(caught.value.problems) == {
        "payee_name",
        "payee_account",
        "payee_bic",
        "amount",
        "reference",
        "purpose",
    }


@pytest.mark.parametrize("is_released", [False, True])
def test_cancelling_gives_the_money_back(is_released):
    code = release() if is_released else prepare().code
    for _ in range(2):
        services.cancel_payment(code=code, by="mia", at=NOW, reason="Wrong payee")
    assert (state(code), balance().available_minor) == ("cancelled", 1_000)
    assert courier.exchange(at=NOW).sent == 0


def test_what_went_to_the_bank_cannot_be_cancelled():
    code = release()
    courier.exchange(at=NOW)
    with pytest.raises(rules.IllegalStep):
        services.cancel_payment(code=code, by="mia", at=NOW)
    with pytest.raises(rules.UnknownInstruction):
        services.cancel_payment(code="PAY-NONE", by="mia", at=NOW)


@pytest.mark.parametrize(
    ("account", "reason"),
    [("GB82WEST12345698765431", "AC01"), ("###", "AC01"), ("no digits", "AC01")],
)
def test_a_payee_account_that_cannot_exist_is_rejected_by_the_bank(account, reason):
    code = release(payee=services.Payee(name="Bo", account=account))
    courier.exchange(at=NOW)
    assert state(code) == "rejected"
    assert reason in queries.instruction(code).reason
    assert balance().available_minor == 1_000


def test_the_bank_pays_no_more_than_is_on_the_trust_account():
    code = release()
    with connection.cursor() as cursor:
        cursor.execute("update custodian_sandbox.trust_account set balance_minor = 399")
    courier.exchange(at=NOW)
    assert state(code) == "rejected"
    assert "AM04" in queries.instruction(code).reason
    assert balance().available_minor == 1_000


def test_one_bad_payment_does_not_stop_the_others():
    bad = release(100, key="bad", payee=services.Payee(name="Bo", account="?"))
    good = [release(100, key=f"good:{n}") for n in range(3)]
    assert courier.exchange(at=NOW).sent == 4
    assert state(bad) == "rejected"
    assert {state(code) for code in good} == {"settled"}
    assert balance() == ledger.Balance(700, 0, 700, "USD")


def test_an_order_that_reaches_the_bank_twice_is_paid_once():
    code = release()
    courier.exchange(at=NOW)
    message = queries.instruction(code).message
    bank.submit(letter_of(message), at=NOW)
    done = courier.exchange(at=NOW)
    assert (done.taken, done.booked, done.refused) == (0, 0, 0)
    assert balance().posted_minor == 600


def test_the_database_keeps_the_payee_that_was_bound():
    prepare()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Instruction.objects.update(payee_account="GB33BUKB20201555555555")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Instruction.objects.all().delete()


@pytest.mark.parametrize(
    "change",
    [
        {"payee_account": "GB33BUKB20201555555555"},
        {"payee_name": "Mallory"},
        {"amount_minor": 401},
        {"reference": "AGR-2"},
    ],
)
def test_a_payment_changed_behind_the_database_is_neither_released_nor_sent(change):
    code = prepare().code
    untie_instructions()
    Instruction.objects.update(**change)
    with pytest.raises(rules.InstructionTampered, match="who changed it"):
        services.release_payment(code=code, by="leo", at=NOW)
    Instruction.objects.update(state="released", released_by="leo")
    honest = release(100, key="honest")
    done = courier.exchange(at=NOW)
    assert (done.sent, done.tampered) == (1, (code,))
    assert (state(code), state(honest)) == ("released", "settled")
    assert balance().held_minor == 400


def test_the_reference_of_an_account_never_changes_and_shows_a_slip():
    reference = open_wallet()
    assert open_wallet() == reference == queries.reference_of(ANN.code)
    assert int("".join(str(int(c, 36)) for c in reference[4:] + reference[:4])) % 97 == 1
    with pytest.raises(posting.UnknownAccount):
        services.assign_reference(account_code="wallet:NOBODY:USD")
    assert queries.reference_of("wallet:NOBODY:USD") is None


def test_a_reference_typed_with_spaces_and_small_letters_arrives():
    typed = " ".join(open_wallet()[i : i + 4].lower() for i in range(0, 20, 4))
    pay_in(50, reference=typed)
    courier.exchange(at=NOW)
    assert balance().posted_minor == 1_050


@pytest.mark.parametrize("reference", ["RF00UNKNOWN", "rent for March"])
def test_money_with_an_unknown_reference_waits_in_suspense(reference):
    pay_in(70, reference=reference)
    courier.exchange(at=NOW)
    assert ledger.balance("suspense:USD").posted_minor == 70
    (receipt,) = queries.receipts_after(last_id=0, prefix="suspense:")
    assert receipt.reference == reference
    assert reconcile(on=TODAY, currency="USD", at=NOW).is_balanced


def test_a_reference_in_another_currency_does_not_reach_the_account():
    bank.pay_in(
        reference=open_wallet(),
        amount=Money(70, "EUR"),
        remitter="Ann Ltd",
        value_date=TODAY,
        at=NOW,
    )
    courier.exchange(at=NOW)
    assert ledger.balance("suspense:EUR").posted_minor == 70


def test_a_payer_who_pays_twice_under_one_key_pays_once():
    for _ in range(2):
        pay_in(30, key="invoice-7")
    courier.exchange(at=NOW)
    assert balance().posted_minor == 1_030


def test_the_payee_of_a_payment_is_bound_as_prepared():
    assert services.payee_of(prepare()) == PAYEE
    assert [i.code for i in queries.instructions("prepared", account_code=ANN.code)] == [
        queries.instructions()[0].code
    ]
    assert usd(400).minor == queries.instructions()[0].amount_minor
