"""A journey is derived from a set of facts: two stories, and what each part of a snapshot means."""

from dataclasses import replace
from itertools import permutations
from urllib.parse import quote

import facts as f
from played import deals, pages, people, play

from attribution.journey import Known, derive
from attribution.opportunity import derive_opportunity
from attribution.policy import Policy
from attribution.standing import ever_on, standing_deals
from schemas.handover import AnyFact
from schemas.journey import DealOnJourney, Journey
from schemas.terms import TouchKind

SITE = "https://www.site.example"
BAIDU_AD = (
    f"{SITE}/product/metadata?utm_source=baidu&utm_medium=cpc"
    f"&plan={quote('功能-元数据管理')}&unit={quote('G-元数据管理')}&keyword={quote('元数据管理')}&bd_vid=88"
)
ARTICLE = (
    f"{SITE}/blog/data-standards?utm_source=wechat&utm_medium=article&utm_campaign={quote('2026春季内容')}"
    f"&utm_content={quote('数据标准落地的七个步骤')}&author={quote('数据治理编辑部')}&published=2026-02-11"
)
LEAD, OTHER_LEAD = "crm:crm:1", "crm:crm:2"
DEAL = "deal:crm:9"


def derived(policy: Policy, *facts: AnyFact, subject: str = LEAD) -> Journey:
    """The journey of one person whose facts these all are."""
    return derive(subject, Known({subject: facts}), 1, policy)


def stages(journey: Journey) -> list[tuple[str, int]]:
    return [(entry.stage.value, (entry.at - f.START) // f.DAY) for entry in journey.stages]


def test_a_company_in_nanjing_from_a_keyword_to_a_won_deal(policy: Policy) -> None:
    day = f.DAY
    story = [
        f.page("anon:1", 0, BAIDU_AD, title="元数据管理平台"),
        f.dwell("anon:1", f.MINUTE, BAIDU_AD, 95_000),
        f.page("anon:1", 2 * f.MINUTE, f"{SITE}/prices"),
        f.page("anon:1", 3 * day, f"{SITE}/cases"),
        f.page("anon:1", 8 * day, f"{SITE}/demo", referrer="https://www.baidu.com/"),
        f.form("anon:1", 8 * day + f.MINUTE, "email:a", "phone:c", url=f"{SITE}/demo"),
        f.lead(
            LEAD, 8 * day + f.HOUR, "email:a", "phone:c", company="南京示例软件有限公司", owner="sales-07"
        ),
        f.follow_up(LEAD, 9 * day, category="电话", grade="可转化"),
        f.stage(LEAD, 12 * day, "销售合格线索"),
        f.deal(DEAL, 30 * day, "商机", LEAD, amount_minor=480_000_00, currency="CNY", name="元数据平台一期"),
        f.poc(DEAL, 60 * day, started_at=f.START + 50 * day, ended_at=f.START + 60 * day, result="passed"),
        f.deal(DEAL, 100 * day, "赢单"),
    ]
    known = people(policy, *story)
    assert set(known) == {LEAD}
    journey = known[LEAD]
    assert journey.identifiers == ("anon:1", LEAD, "email:a", "phone:c")

    first, second, third = journey.touchpoints
    assert (first.platform, first.campaign, first.ad_group, first.keyword) == (
        "baidu",
        "功能-元数据管理",
        "G-元数据管理",
        "元数据管理",
    )
    assert [touch.channel for touch in journey.touchpoints] == ["paid_search", "direct", "organic_search"]
    assert [touch.kind for touch in journey.touchpoints] == [TouchKind.VISIT] * 3
    assert [(page.url, page.dwell_ms) for page in pages(policy, journey, *story)] == [
        (BAIDU_AD, 95_000),
        (f"{SITE}/prices", 0),
        (f"{SITE}/cases", 0),
        (f"{SITE}/demo", 0),
    ]
    assert (third.forms, second.pages) == (1, 1)

    assert journey.is_lead
    assert stages(journey) == [
        ("visitor", 0),
        ("lead", 8),
        ("sales_qualified", 12),
        ("opportunity", 30),
        ("poc", 50),
        ("won", 100),
    ]
    assert (journey.company, journey.owner, journey.grade) == ("南京示例软件有限公司", "sales-07", "可转化")
    assert journey.deals == (
        DealOnJourney(
            deal=DEAL,
            name="元数据平台一期",
            stage="won",
            opened_at=f.START + 30 * day,
            closed_at=f.START + 100 * day,
            amount_minor=480_000_00,
            currency="CNY",
        ),
    )
    won = deals(policy, *story)[DEAL]
    assert (won.stage, won.people, won.poc_result, won.issues) == ("won", (LEAD,), "passed", ())


def test_a_reader_of_an_article_registers_weeks_later_on_another_device(policy: Policy) -> None:
    story = [
        f.page("anon:phone", 0, ARTICLE, referrer="https://mp.weixin.qq.com/"),
        f.form("anon:phone", f.MINUTE, "email:a", form="newsletter"),
        f.page("anon:desk", 30 * f.DAY, f"{SITE}/register"),
        f.form("anon:desk", 30 * f.DAY + f.MINUTE, "email:a", form="register"),
    ]
    for order in permutations(story):
        known = people(policy, *order)
        assert set(known) == {"anon:desk"}
        first = known["anon:desk"].touchpoints[0]
        assert (first.content, first.author, first.published) == (
            "数据标准落地的七个步骤",
            "数据治理编辑部",
            "2026-02-11",
        )
        assert (first.campaign, first.channel, first.identifier) == (
            "2026春季内容",
            "organic_social",
            "anon:phone",
        )
        assert stages(known["anon:desk"]) == [("visitor", 0), ("lead", 0)]


def test_derivation_does_not_know_the_order_of_facts(policy: Policy) -> None:
    facts: list[AnyFact] = [
        f.lead(LEAD, 5, company="A"),
        f.lead(LEAD, 5, company="B"),
        f.follow_up(LEAD, 5, grade="x"),
        f.follow_up(LEAD, 5, grade="y"),
        f.attended(LEAD, 5),
    ]
    assert len({derived(policy, *order) for order in permutations(facts)}) == 1


def test_an_anonymous_visitor_is_a_journey_but_no_lead(policy: Policy) -> None:
    journey = people(policy, f.page("anon:1", 0))["anon:1"]
    assert (journey.is_lead, stages(journey), journey.identifiers) == (False, [("visitor", 0)], ("anon:1",))


def test_a_lead_that_was_never_on_the_website_has_no_touchpoint(policy: Policy) -> None:
    journey = people(policy, f.lead(LEAD, f.DAY))[LEAD]
    assert (journey.touchpoints, stages(journey), journey.is_lead) == ((), [("lead", 1)], True)


def test_nobody_is_a_tombstone(policy: Policy) -> None:
    gone = derive("anon:1", Known({}), 7, policy)
    assert gone == Journey(
        person="anon:1", version=7, policy_version=policy.version, known_at=0, is_deleted=True
    )


def test_a_lead_before_the_first_visit_keeps_its_own_time(policy: Policy) -> None:
    known = people(policy, f.lead(LEAD, 0, "anon:1"), f.page("anon:1", 5 * f.DAY))
    assert stages(known[LEAD]) == [("lead", 0), ("visitor", 5)]


def test_a_late_page_view_is_the_first_touch_after_all(policy: Policy) -> None:
    known = [f.page("anon:1", 5 * f.DAY), f.form("anon:1", 5 * f.DAY + 1, "email:a")]
    assert stages(people(policy, *known)["anon:1"])[0] == ("visitor", 5)
    late = f.page("anon:1", f.DAY, BAIDU_AD, received_at=f.START + 9 * f.DAY)
    journey = people(policy, *known, late)["anon:1"]
    assert (stages(journey)[0], journey.touchpoints[0].keyword) == (("visitor", 1), "元数据管理")
    assert journey.known_at == f.START + 9 * f.DAY


def test_a_snapshot_says_what_it_was_made_of(policy: Policy) -> None:
    journey = derived(policy, f.lead(LEAD, 3), f.follow_up(LEAD, 8, received_at=f.START + 100))
    assert (journey.facts, journey.first_at, journey.last_at) == (2, f.START + 3, f.START + 8)
    assert (journey.known_at, journey.policy_version) == (f.START + 100, policy.version)


def test_touchpoints_stand_in_the_order_of_time_and_id(policy: Policy) -> None:
    facts = [f.attended(LEAD, 9), f.attended(LEAD, 2), f.attended(LEAD, 9)]
    touchpoints = derived(policy, *facts).touchpoints
    assert [(each.at, each.id) for each in touchpoints] == sorted(
        (fact.occurred_at, fact.event_id) for fact in facts
    )


def test_of_very_many_touchpoints_the_first_and_the_last_are_listed(policy: Policy) -> None:
    first, last = policy.bounds.touchpoints_first, policy.bounds.touchpoints_last
    facts = [f.page("anon:1", day * f.DAY) for day in range(first + last + 5)]
    journey = derived(policy, *facts, subject="anon:1")
    assert (len(journey.touchpoints), journey.truncated) == (first + last, True)
    days = [(each.at - f.START) // f.DAY for each in journey.touchpoints]
    assert days == [*range(first), *range(first + 5, first + last + 5)]
    read = pages(policy, journey, *facts)
    assert [page.touchpoint for page in read] == [each.id for each in journey.touchpoints]
    assert not derived(policy, *facts[: first + last], subject="anon:1").truncated


def test_pages_of_two_devices_stand_in_the_order_of_time(policy: Policy) -> None:
    views = [f.page("anon:1", 5 * f.DAY, f"{SITE}/b"), f.page("anon:2", f.DAY, f"{SITE}/a")]
    known = {fact.subject: (fact,) for fact in views}
    read = pages(policy, derive("anon:1", Known(known), 1, policy), *views)
    assert [page.url for page in read] == [f"{SITE}/a", f"{SITE}/b"]


CRAWLER = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"


def test_a_machine_is_who_has_nothing_but_visits_of_machines_and_is_no_lead(policy: Policy) -> None:
    crawled = f.page("anon:1", 0, user_agent=CRAWLER)
    assert derived(policy, crawled).is_bot
    assert not derived(policy, crawled, f.page("anon:1", f.DAY)).is_bot
    assert not derived(policy, crawled, f.form("anon:1", 5, "email:a")).is_bot
    assert not derived(policy, f.follow_up(LEAD, 0)).is_bot


def test_the_newest_word_on_a_lead_counts_and_silence_says_nothing(policy: Policy) -> None:
    facts = [
        f.lead(LEAD, 1, company="Old Ltd", owner="sales-01", lead_source="官网"),
        f.lead(LEAD, 2, company="New Ltd", lead_source="bulk update"),
        f.lead(LEAD, 3),
    ]
    journey = derived(policy, *facts)
    assert (journey.company, journey.owner, journey.lead_source) == ("New Ltd", "sales-01", "官网")


def test_of_each_attribute_the_newest_value_that_says_anything_counts(policy: Policy) -> None:
    """Also if it is another record of the person that says it; what a form says is none of the CRM's."""
    facts = [
        f.lead(LEAD, 1, attributes={"industry": "banking", "employees": "200", "region": "east"}),
        f.lead(OTHER_LEAD, 2, attributes={"industry": "insurance", "region": ""}),
        f.form(LEAD, 3, attributes={"industry": "none of your business"}),
        f.lead(LEAD, 4),
    ]
    known = {"employees": "200", "industry": "insurance", "region": "east"}
    for order in permutations(facts):
        assert derived(policy, *order).attributes == known
    assert derived(policy, f.page("anon:1", 0)).attributes == {}


def test_a_deal_has_attributes_of_its_own(policy: Policy) -> None:
    told = {"product line": "lineage", "region": "east"}
    facts = [
        f.deal(DEAL, 1, "商机", LEAD, attributes=told),
        f.deal(DEAL, 2, "", attributes={"region": "north", "product line": ""}),
    ]
    deal = derive_opportunity(DEAL, facts, 1, policy)
    assert deal.attributes == {"product line": "lineage", "region": "north"}
    assert derived(policy, *facts).attributes == {}


def test_the_account_is_the_crms_else_the_company_behind_the_address(policy: Policy) -> None:
    def account(*facts: AnyFact) -> tuple[str, str]:
        journey = derived(policy, *facts)
        return journey.account, journey.domain

    assert account(f.lead(LEAD, 1, email_domain="mail.firm.cn")) == ("firm.cn", "firm.cn")
    assert account(f.lead(LEAD, 1, email_domain="qq.com", website="www.firm.cn")) == ("firm.cn", "firm.cn")
    assert account(f.form(LEAD, 1, attributes={"email_domain": "firm.cn"})) == ("firm.cn", "firm.cn")
    assert account(f.lead(LEAD, 1, email_domain="qq.com")) == ("", "")
    assert account(f.lead(LEAD, 1, account_id="A-1")) == ("account:crm:A-1", "")
    # The domain stays beside the id: by it, colleagues whom the CRM doesn't know are found.
    known = f.lead(LEAD, 1, account_id="A-1", email_domain="firm.cn")
    assert account(known) == ("account:crm:A-1", "firm.cn")
    assert account(known, f.lead("crm:hub:7", 2, account_id="A-1")) == ("account:hub:A-1", "firm.cn")


def test_the_domain_is_the_newest_that_names_a_company(policy: Policy) -> None:
    def domain(*facts: AnyFact) -> str:
        return derived(policy, *facts).domain

    firm, private = f.lead(LEAD, 1, email_domain="firm.cn"), f.lead(LEAD, 2, email_domain="qq.com")
    form = f.form(LEAD, 3, attributes={"email_domain": "form.cn"})
    site = f.lead(LEAD, 4, website="https://www.site.cn")
    assert domain(firm, private) == "firm.cn"
    assert domain(private, form, site) == "form.cn"
    assert domain(private, site) == "site.cn"
    assert domain(firm, form, site, f.lead(LEAD, 5, email_domain="new.cn")) == "new.cn"


def test_the_company_is_what_the_crm_else_the_form_else_the_salon_says(policy: Policy) -> None:
    salon, form = f.attended(LEAD, 3, company="S"), f.form(LEAD, 2, attributes={"company": "F"})
    assert derived(policy, salon).company == "S"
    assert derived(policy, salon, form).company == "F"
    assert derived(policy, salon, form, f.lead(LEAD, 1, company="C")).company == "C"


def test_follow_ups_are_listed_and_never_touchpoints(policy: Policy) -> None:
    facts = [
        f.follow_up(LEAD, 9, category="visit", grade="培育", tags=("需求明确",), owner="sales-07"),
        f.follow_up(LEAD, 2, category="call", grade="有兴趣", tags=("一年内采购",)),
    ]
    journey = derived(policy, *facts)
    assert [each.category for each in journey.follow_ups] == ["call", "visit"]
    assert (journey.grade, journey.tags) == ("培育", ("一年内采购", "需求明确"))
    assert (journey.touchpoints, journey.is_lead) == ((), False)


def test_what_could_not_be_understood_is_an_issue_of_the_journey(policy: Policy) -> None:
    journey = derive(
        LEAD, Known({LEAD: (f.stage(LEAD, 0, "???"),)}, issues=("blocked_identifier",)), 1, policy
    )
    assert journey.issues == ("blocked_identifier", "unmapped_stage:crm:???")


def test_people_of_a_deal_are_those_of_the_newest_record_that_names_any() -> None:
    facts = [
        f.deal(DEAL, 1, "", LEAD),
        f.deal(DEAL, 2, "", OTHER_LEAD, LEAD, OTHER_LEAD),
        f.deal(DEAL, 3, "won"),
    ]
    assert standing_deals(facts)[DEAL].people == (LEAD, OTHER_LEAD)
    assert standing_deals(reversed(facts))[DEAL].people == (LEAD, OTHER_LEAD)
    assert standing_deals([*facts, f.deal(DEAL, 4, people=())])[DEAL].people == ()
    assert ever_on([*facts, f.deal(DEAL, 4, people=())]) == (LEAD, OTHER_LEAD)


def test_a_deal_somebody_was_taken_off_leaves_no_trace_on_the_journey(policy: Policy) -> None:
    lead = f.lead(LEAD, 0)
    on_it: list[AnyFact] = [f.deal(DEAL, f.DAY, "won", LEAD), f.poc(DEAL, f.DAY, started_at=f.START)]
    assert [deal.deal for deal in derived(policy, lead, *on_it).deals] == [DEAL]
    taken_off = f.deal(DEAL, 2 * f.DAY, "", OTHER_LEAD)
    assert derived(policy, lead, *on_it, taken_off) == derived(policy, lead)


def test_a_deal_snapshot_takes_the_newest_of_each_field(policy: Policy) -> None:
    facts = [
        f.deal(DEAL, 1, "商机", LEAD, name="One", amount_minor=100, currency="CNY", owner="sales-01"),
        f.deal(DEAL, 2, "谈判", amount_minor=300, account_id="A-1"),
        f.deal(DEAL, 3, "输单", reason="价格", name="Two"),
    ]
    deal = derive_opportunity(DEAL, facts, 5, policy)
    assert (deal.name, deal.amount_minor, deal.currency, deal.owner) == ("Two", 300, "CNY", "sales-01")
    assert (deal.account, deal.stage, deal.reason, deal.version) == ("account:crm:A-1", "lost", "价格", 5)
    assert (deal.opened_at, deal.closed_at) == (f.START + 1, f.START + 3)
    assert {derive_opportunity(DEAL, order, 5, policy) for order in permutations(facts)} == {deal}


def test_a_deal_snapshot_tells_how_the_proof_of_concept_went_and_when_it_learnt_of_it(policy: Policy) -> None:
    facts: list[AnyFact] = [
        f.deal(DEAL, 1, "商机", LEAD),
        f.poc(DEAL, 5, started_at=f.START + 5),
        f.poc(DEAL, 9, ended_at=f.START + 8, result="failed", reason="性能未达标", received_at=f.START + 77),
    ]
    deal = derive_opportunity(DEAL, facts, 1, policy)
    assert (deal.poc_started_at, deal.poc_ended_at) == (f.START + 5, f.START + 8)
    assert (deal.poc_result, deal.poc_reason) == ("failed", "性能未达标")
    assert (deal.stage, deal.known_at) == ("poc", f.START + 77)


def test_an_open_deal_has_neither_an_end_nor_a_reason_for_it(policy: Policy) -> None:
    facts = [f.deal(DEAL, 1, "输单", reason="预算"), f.deal(DEAL, 5, "谈判")]
    deal = derive_opportunity(DEAL, facts, 1, policy)
    assert (deal.stage, deal.closed_at, deal.reason) == ("opportunity", None, "")


def test_an_amount_without_a_currency_is_kept_and_reported(policy: Policy) -> None:
    unclear = derive_opportunity(DEAL, [f.deal(DEAL, 1, amount_minor=5)], 1, policy)
    assert (unclear.amount_minor, unclear.currency, unclear.issues) == (5, "", ("amount_without_currency",))
    later = [f.deal(DEAL, 1, amount_minor=5), f.deal(DEAL, 2, currency="EUR")]
    assert derive_opportunity(DEAL, later, 1, policy).issues == ()
    assert derive_opportunity(DEAL, [f.deal(DEAL, 1, amount_minor=0)], 1, policy).issues == ()


def test_an_amount_can_be_set_back_to_zero(policy: Policy) -> None:
    facts = [f.deal(DEAL, 1, amount_minor=5, currency="CNY"), f.deal(DEAL, 2, amount_minor=0)]
    assert derive_opportunity(DEAL, facts, 1, policy).amount_minor == 0


def test_a_proof_of_concept_before_any_record_of_its_deal_waits(policy: Policy) -> None:
    poc = f.poc(DEAL, 1, started_at=f.START)
    assert deals(policy, poc)[DEAL].is_deleted
    assert not deals(policy, poc, f.deal(DEAL, 2, "商机", LEAD))[DEAL].is_deleted


def test_replaying_the_same_facts_gives_the_same_snapshots_versions_included(policy: Policy) -> None:
    story = [f.page("anon:1", 0), f.form("anon:1", 5, "email:a"), f.lead(LEAD, 9, "email:a")]
    assert play(policy, *story).journeys == play(policy, *story).journeys


def test_another_epoch_of_the_policy_always_wins(policy: Policy) -> None:
    story = [f.page("anon:1", 0), f.form("anon:1", 5, "email:a")]
    newer = play(policy.model_copy(update={"epoch": policy.epoch + 1}), story[0]).journeys["anon:1"]
    older = play(policy, *story * 50).journeys["anon:1"]
    assert newer.version > older.version
    assert replace(newer, version=0) == replace(
        people(policy, story[0])["anon:1"], policy_version=newer.policy_version
    )


def test_a_journey_says_that_a_sender_s_clock_was_not_believed(policy: Policy) -> None:
    fact = f.page("anon:1", 0)
    right = derive("anon:1", Known({"anon:1": (fact,)}), 1, policy)
    wrong = derive("anon:1", Known({"anon:1": (fact.model_copy(update={"stated_at": 5}),)}), 1, policy)
    assert (right.issues, wrong.issues) == ((), ("clock_not_believed",))
