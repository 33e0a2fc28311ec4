"""One demand through all seven steps, by hand, on the pages alone."""

import re

from playwright.sync_api import expect

from longtail.deals import queries as deals
from longtail.ledger import queries as ledger
from longtail.servicing import queries as servicing

USE = "A second deck oven and a proofing room, so that we can bake for three more shops."


def test_a_demand_is_published_attested_funded_paid_out_and_repaid(person):
    enterprise = person("bakery.eve")
    publish(enterprise)
    address = enterprise.url
    for username in ("rating.pat", "audit.pat", "guild.gus"):
        attest_everything(person(username))
    accept(enterprise, address)
    commit(person("harbor.mia"), "25,000")
    commit(person("summit.mia"), "15,000")
    pay_out(person, address)
    repay(enterprise, address)
    funders_are_paid(person("harbor.mia"))
    the_books_are_sound(address)


def publish(page):
    """Step 1: write a demand with its cost in view, read it, publish it."""
    page.get_by_role("link", name="New demand").first.click()
    page.get_by_label("Amount", exact=True).fill("40,000")
    page.get_by_label("Months to repay").fill("24")
    page.get_by_label("How it is financed").select_option(
        label="Peer-to-peer loan, guaranteed"
    )
    page.get_by_label("Purpose").select_option(label="Equipment")
    page.get_by_label("Use of funds").fill(USE)
    page.get_by_label("Guarantor", exact=True).select_option(
        label="Northern Guarantee Fund"
    )
    page.get_by_label("Share of a loss that the guarantor bears").fill("50")
    page.get_by_label("Employees").fill("14")
    for question in ("Founded in", "franchise", "revolving", "short-form"):
        page.get_by_label(re.compile(question)).select_option(label="No")
    page.get_by_label("Where do you work?").select_option(label="In a town")
    expect(page.locator("#preview")).to_contain_text("APR, all costs in")
    expect(page.locator("#preview")).to_contain_text("$40,000.00")
    page.get_by_role("button", name="Keep the draft").click()
    expect(page.get_by_role("status")).to_contain_text("Your draft is kept")
    page.get_by_role("button", name="Publish the demand").click()
    expect(page.get_by_role("status")).to_contain_text("Your demand is published")


def attest_everything(page):
    """Steps 2 and 3: answer every order in the queue."""
    queue = page.locator("section[aria-labelledby='queue'] tbody a")
    while count := queue.count():
        queue.first.click()
        finding = page.get_by_label("Finding", exact=True)
        if (
            finding.evaluate("field => field.tagName") == "INPUT"
            and not finding.input_value()
        ):
            finding.fill("74")
        page.get_by_label("Statement").fill(
            "We examined the documents and found them in order."
        )
        page.get_by_role("button", name="Sign and deliver").click()
        expect(page.get_by_role("status")).to_contain_text("Signed and delivered.")
        expect(queue).to_have_count(count - 1)


def accept(page, address):
    """The assessment made an offer at once; the enterprise accepts it."""
    page.goto(address)
    expect(page.locator("#assessment")).to_be_visible()
    page.get_by_role("button", name="Accept the offer").click()
    expect(page.locator(".page-head")).to_contain_text("Open for funding")


def commit(page, amount):
    """Steps 4 and 5: a funder finds it pushed to its home, sees why, and commits."""
    pushed = page.locator("section[aria-labelledby='pushed']")
    pushed.get_by_text("Why").first.click()
    expect(pushed).to_contain_text("24 months is within 1 to 360 months")
    pushed.get_by_role("link", name="Blue Ridge Bakery LLC").click()
    page.get_by_label("Amount to commit").fill(amount)
    page.get_by_role("button", name="Commit", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Committed.")


def pay_out(person, address):
    """Step 6: one prepares the payment, another releases it, the bank carries it out."""
    first = person("ops.ann")
    first.goto(address)
    first.get_by_role("button", name="Prepare the payment").click()
    first.goto("/payments/")
    expect(first.get_by_text("You prepared it; a colleague releases it.")).to_be_visible()
    second = person("ops.bob")
    second.goto("/payments/")
    second.get_by_role("button", name="Release").click()
    expect(second.get_by_role("status")).to_contain_text("Released.")
    second.goto(address)
    expect(second.locator(".page-head")).to_contain_text("Repaying")


def repay(page, address):
    """Step 7: the enterprise pays its first instalment from its own bank."""
    page.goto("/home/")
    page.get_by_text("Demonstration: transfer from my bank").click()
    amount = page.get_by_label("Amount in USD")
    assert amount.input_value()
    page.get_by_role("button", name="Transfer").click()
    expect(page.get_by_role("status")).to_contain_text("arrived at the custodian")
    page.goto(address)
    first_row = page.locator("section[aria-labelledby='schedule'] tbody tr").first
    expect(first_row).to_contain_text("Paid")


def funders_are_paid(page):
    page.goto("/portfolio/")
    row = page.locator("section[aria-label='Your holdings'] tbody tr").first
    expect(row).to_contain_text("Blue Ridge Bakery LLC")
    expect(row).to_contain_text("$25,000.00")


def the_books_are_sound(address):
    code = address.rstrip("/").split("/")[-1]
    standing = servicing.state(deals.agreement_of(code).code)
    assert standing.received_minor > 0
    assert standing.outstanding_minor < 40_000_00
    assert ledger.is_sound() == []
