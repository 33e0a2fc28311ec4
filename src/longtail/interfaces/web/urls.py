"""Every page."""

from django.urls import include, path

from longtail.interfaces.web.views import (
    demand_forms,
    demands,
    desks,
    evidence,
    guarantees,
    home,
    mandates,
    notices,
    opportunities,
    orders,
    overview,
    parties,
    payments,
    session,
)
from longtail.interfaces.web.views.books import accounts, custody_proof, ledger
from longtail.interfaces.web.views.homes import funder, operator

PAGES = (
    [
        path("", overview.overview, name="overview"),
        path("opportunities/", opportunities.opportunities, name="opportunities"),
        path("mandate/", mandates.mandate, name="mandate"),
        path("home/", home.home, name="home"),
        path("portfolio/", funder.portfolio, name="portfolio"),
        path("demands/new/", demand_forms.demand_new, name="demand_new"),
        path("demands/preview/", demand_forms.demand_preview, name="demand_preview"),
        path("demands/<slug:code>/", demands.demand, name="demand"),
        path("demands/<slug:code>/edit/", demand_forms.demand_edit, name="demand_edit"),
        path(
            "demands/<slug:code>/submit/", demand_forms.demand_submit, name="demand_submit"
        ),
        path("demands/<slug:code>/accept/", demands.accept_offer, name="accept_offer"),
        path("demands/<slug:code>/withdraw/", demands.withdraw, name="withdraw"),
        path("demands/<slug:code>/commit/", demands.commit, name="commit"),
        path("demands/<slug:code>/mute/", mandates.mute, name="mute"),
        path(
            "demands/<slug:code>/decide/", demands.decide_referral, name="decide_referral"
        ),
        path(
            "demands/<slug:code>/pay-out/",
            demands.prepare_drawdown,
            name="prepare_drawdown",
        ),
        path(
            "demands/<slug:code>/schedule.csv", demands.schedule_csv, name="demand_schedule"
        ),
        path(
            "commitments/<slug:code>/withdraw/",
            demands.withdraw_commitment,
            name="withdraw_commitment",
        ),
        path("orders/<slug:code>/", orders.order, name="order"),
        path("orders/<slug:code>/accept/", orders.accept, name="order_accept"),
        path("orders/<slug:code>/decline/", orders.decline, name="order_decline"),
        path("orders/<slug:code>/attest/", orders.attest, name="order_attest"),
        path("attestations/<slug:code>/", evidence.attestation, name="attestation"),
        path(
            "attestations/<slug:code>/jws/",
            evidence.attestation_file,
            name="attestation_file",
        ),
        path(
            "attestations/<slug:code>/keys/",
            evidence.attestation_keys,
            name="attestation_keys",
        ),
        path(
            "attestations/<slug:code>/revoke/", evidence.revoke, name="attestation_revoke"
        ),
        path("calls/<slug:code>/verify/", guarantees.verify, name="call_verify"),
        path("calls/<slug:code>/pay/", guarantees.pay, name="call_pay"),
        path("wallets/open/", guarantees.open_wallet, name="open_wallet"),
        path("parties/", parties.parties, name="parties"),
        path("parties/<slug:code>/", parties.party, name="party"),
        path("parties/<slug:code>/review/", parties.review, name="party_review"),
        path("parties/<slug:code>/decide/", parties.decide, name="party_decide"),
        path("payments/", payments.payments, name="payments"),
        path("payments/<slug:code>/release/", payments.release, name="payment_release"),
        path("payments/<slug:code>/cancel/", payments.cancel, name="payment_cancel"),
        path("desk/", desks.desk, name="desk"),
        path("breaks/<slug:code>/act/", desks.break_act, name="break_act"),
        path("suspense/<slug:code>/act/", desks.suspense_act, name="suspense_act"),
        path("payees/", desks.payees, name="payees"),
        path("payees/<slug:code>/confirm/", desks.payee_confirm, name="payee_confirm"),
        path("arrears/", operator.arrears, name="arrears"),
        path("agreements/<slug:code>/", operator.agreement, name="agreement"),
        path("agreements/<slug:code>/decide/", operator.decide, name="agreement_decide"),
        path("agreements/<slug:code>/change/", operator.change, name="agreement_change"),
        path(
            "agreements/<slug:code>/call/",
            operator.call_guarantee,
            name="agreement_call",
        ),
        path("ledger/", ledger.books, name="books"),
        path("ledger/close/", ledger.close_period, name="books_close"),
        path("ledger/<str:code>/", accounts.account, name="account"),
        path("claims/", accounts.claims, name="claims"),
        path("claims/<str:code>/", accounts.claim_proof, name="claim_proof"),
        path("proof-of-custody/", custody_proof.custody_proof, name="custody_proof"),
        path(
            "proof-of-custody/check_claim.py",
            custody_proof.check_claim,
            name="check_claim",
        ),
        path("notices/", notices.notices, name="notices"),
        path("notices/read/", notices.mark_read, name="notices_read"),
        path("apply/", session.apply, name="apply"),
        path("act-for/", session.act_for, name="act_for"),
        path("demo/login/", session.demo_login, name="demo_login"),
        path("demo/pay-in/", session.demo_pay_in, name="demo_pay_in"),
    ],
    "web",
)

urlpatterns = [path("", include(PAGES)), path("i18n/", include("django.conf.urls.i18n"))]
