"""Every main page for people with and without sight, on phone and desktop, in any light."""

from axe_playwright_python.sync_playwright import Axe

from longtail.deals import queries as deals
from longtail.evidence import queries as evidence
from longtail.interfaces import own_accounts
from longtail.ledger import chart
from longtail.parties import queries as parties
from tests.interfaces.web import town as towns

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# Each page in both languages, both sizes and both lights.
LOOKS = {"en": [(DESKTOP, "light"), (PHONE, "dark")], "zh-CN": [(DESKTOP, "dark")]}
# Nothing here needs the style sheets fetched again, or what passed listed.
QUICKLY = {"preload": False, "resultTypes": ["violations"]}


def pages(town):
    """Build something to show everywhere; return whose page is where."""
    repaying = town.repaying("mill", purpose="expansion")
    listed = town.listed("mill", purpose="inventory")
    town.commit(listed, "harbor", 10_000_00)
    attesting = town.published(purpose="inventory")
    referred = town.assessed("mill", purpose="premises", employees=7)
    towns.reconciled()
    own_accounts.publish_claims(on=towns.TODAY, at=towns.at())
    wallet = chart.wallet(town.code("harbor"), "USD").code
    order = evidence.work_queue(town.code("rating"))[0].code
    answer = evidence.attestations_for(deals.matter(deals.demand(listed)))[0].code
    agreement = deals.agreement_of(repaying).code
    return {
        "": [
            "/",
            "/opportunities/",
            "/apply/",
            "/accounts/login/",
            "/proof-of-custody/",
            "/nowhere/",
        ],
        "bakery.eve": ["/home/", "/demands/new/", f"/demands/{attesting}/"],
        "harbor.mia": [
            "/home/",
            "/portfolio/",
            "/mandate/",
            f"/demands/{listed}/",
            f"/attestations/{answer}/",
            "/notices/",
            f"/ledger/{wallet}/",
            "/claims/",
        ],
        "rating.pat": ["/home/", f"/orders/{order}/"],
        "guild.gus": ["/home/"],
        "ops.ann": [
            "/home/",
            "/payments/",
            "/arrears/",
            "/ledger/",
            "/parties/",
            f"/parties/{parties.parties(kind='enterprise')[0].code}/",
            f"/demands/{referred}/",
            f"/agreements/{agreement}/",
        ],
        "watch.rae": ["/home/", f"/demands/{repaying}/"],
        "vault.cleo": ["/home/"],
    }


def faults(page, path, looks):
    """Return what axe finds wrong with a page, and whether a phone must scroll sideways."""
    page.goto(path)
    found = []
    for size, theme in looks:
        page.set_viewport_size(size)
        page.evaluate("theme => window.setTheme(theme)", theme)
        where = f"{path} {size['width']} {theme}"
        result = Axe().run(page, options=QUICKLY)
        for violation in result.response["violations"]:
            parts = [node["html"][:120] for node in violation["nodes"][:2]]
            found.append(f"{where}: {violation['id']}: {parts}")
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            found.append(f"{where}: wider than the screen")
    return found


def test_no_page_shuts_anybody_out_in_english_or_chinese(town, person):
    found = []
    for username, paths in pages(town).items():
        for locale, looks in LOOKS.items():
            page = person(username, locale=locale, reduced_motion="reduce")
            for path in paths:
                found += faults(page, path, looks)
    assert found == [], "\n".join(found)


def test_no_script_fails_and_the_policy_blocks_nothing(person):
    page = person("harbor.mia")
    for path in ("/", "/home/", "/mandate/", "/opportunities/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert page.faults == []


def test_the_chosen_colours_are_kept_and_there_is_no_flash(person):
    page = person("", color_scheme="light")
    page.get_by_role("button", name="Dark").click()
    page.goto("/")
    theme = page.locator("html").get_attribute("data-bs-theme")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert theme == "dark"
    assert background == "rgb(13, 20, 19)"
    page.get_by_role("button", name="Light").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "light"


def test_the_keyboard_reaches_the_content_first_and_the_search_by_a_slash(person):
    page = person("")
    page.goto("/opportunities/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_a_phone_folds_the_navigation_away(person):
    page = person("harbor.mia", viewport=PHONE)
    entry = page.locator("nav[aria-label='Main'] a", has_text="Portfolio")
    assert not entry.is_visible()
    page.get_by_role("button", name="Menu").click()
    entry.click()
    page.wait_for_url("**/portfolio/")
