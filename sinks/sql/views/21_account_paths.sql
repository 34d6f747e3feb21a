-- Which touchpoints led to each conversion by account, whoever of the account had them: conversion_paths by account.
-- Grain: one row per account and milestone that its people reached; and one per conversion of a deal.
-- Kept by: milestone, day, at
-- An account converts to lead, marketing_qualified and sales_qualified when the first of its people does, and to
-- opportunity, poc and won with each of its deals. A deal without an account has the touchpoints of its people, so
-- deals, and revenue, sum to the same as by deal. People without an account stand here only with their deals.
CREATE OR REPLACE VIEW account_paths
(
    grain String COMMENT 'account: by the touchpoints of everybody of the account',
    milestone String COMMENT 'lead, marketing_qualified, sales_qualified, opportunity, poc or won',
    person String COMMENT 'Empty, since it is the account that converts',
    deal String COMMENT 'Deal that converted; empty for a conversion of a person or an account',
    account String COMMENT 'Account, as in deals and persons; empty if none is known',
    at DateTime64(3, 'UTC') COMMENT 'When it converted',
    day Date COMMENT 'Day of that in {{timezone}}',
    cohort_at DateTime64(3, 'UTC') COMMENT 'Since when it is counted: a person since the first touchpoint or the creation of the lead, whichever is earlier, else the first fact; a deal or an account since the first of its people, a deal at the latest since it was opened',
    cohort_day Date COMMENT 'Day of that in {{timezone}}',
    opportunity_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the deal was opened; NULL for a conversion of a person',
    revenue_minor UInt64 COMMENT 'Amount of the deal in hundredths of the currency unit, in its row won; 0 in all others',
    currency String COMMENT 'Currency of the deal; empty for a conversion of a person, or if it is not known',
    owner String COMMENT 'Who owns the deal, or the lead, in sales',
    region String COMMENT 'Region, as in deals and persons',
    industry String COMMENT 'Industry, as in deals and persons',
    attributes Map(String, String) COMMENT 'What else the CRM says of the deal or the person, in its words',
    touch_id Array(String) COMMENT 'Event id of the fact that began it; the columns touch_… belong together, one element per touchpoint that counts up to the conversion, in order of (time, id)',
    touch_at Array(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint began',
    touch_person Array(String) COMMENT 'Whose it is',
    touch_lead_at Array(DateTime64(3, 'UTC')) COMMENT 'When that person became a lead, if not before the touchpoint and not after the conversion; else in the year 2200',
    touch_kind Array(String) COMMENT 'Kind of contact',
    touch_channel Array(String) COMMENT 'Channel by the policy',
    touch_platform Array(String) COMMENT 'Ad platform',
    touch_source Array(String) COMMENT 'Source',
    touch_medium Array(String) COMMENT 'Medium',
    touch_campaign Array(String) COMMENT 'Campaign',
    touch_ad_group Array(String) COMMENT 'Ad group',
    touch_keyword Array(String) COMMENT 'Keyword that was bid on',
    touch_search_term Array(String) COMMENT 'What the person typed',
    touch_content Array(String) COMMENT 'Content',
    touch_author Array(String) COMMENT 'Author of the content',
    touch_published Array(String) COMMENT 'Day on which the content was published',
    touch_landing_page Array(String) COMMENT 'First page, without protocol, query and fragment'
)
AS WITH
    toDateTime64('2200-01-01', 3, 'UTC') AS never,
    of_account AS
    (
        SELECT
            member.account AS account,
            arraySort(arrayFlatten(groupArray(path.touches))) AS touches,
            min(path.cohort_at) AS cohort_at,
            arraySort(arrayFlatten(groupArray(
                if(member.is_member, arrayMap(step -> (step.1, step.2, path.person), path.converted), [])
            ))) AS steps,
            arrayFilter((step, nth) -> nth = 1 OR steps[nth - 1].1 != step.1, steps, arrayEnumerate(steps)) AS firsts
        FROM {{person_paths}} AS path
        INNER JOIN {{account_people}} AS member ON path.person = member.person
        GROUP BY member.account
    )
SELECT
    grain,
    milestone,
    person,
    deal,
    account,
    at,
    toDate(at, '{{timezone}}') AS day,
    cohort_at,
    toDate(cohort_at, '{{timezone}}') AS cohort_day,
    opportunity_at,
    revenue_minor,
    currency,
    owner,
    region,
    industry,
    attributes,
    touches.2 AS touch_id,
    touches.1 AS touch_at,
    touches.3 AS touch_person,
    arrayMap(lead_at -> if(lead_at <= at, lead_at, never), touches.4) AS touch_lead_at,
    touches.5 AS touch_kind,
    touches.6 AS touch_channel,
    touches.7 AS touch_platform,
    touches.8 AS touch_source,
    touches.9 AS touch_medium,
    touches.10 AS touch_campaign,
    touches.11 AS touch_ad_group,
    touches.12 AS touch_keyword,
    touches.13 AS touch_search_term,
    touches.14 AS touch_content,
    touches.15 AS touch_author,
    touches.16 AS touch_published,
    touches.17 AS touch_landing_page
FROM
(
    SELECT * EXCEPT touches, arrayFilter(touch -> touch.1 <= at, touches) AS touches
    FROM
    (
        SELECT
            'account' AS grain, first.1 AS milestone, '' AS person, '' AS deal, of_account.account AS account,
            first.2 AS at, assumeNotNull(of_account.cohort_at) AS cohort_at, NULL AS opportunity_at,
            toUInt64(0) AS revenue_minor, '' AS currency, told.owner AS owner, told.region AS region,
            told.industry AS industry, told.attributes AS attributes, of_account.touches AS touches
        FROM (SELECT account, touches, cohort_at, arrayJoin(firsts) AS first FROM of_account) AS of_account
        LEFT JOIN {{person_attributes}} AS told ON of_account.first.3 = told.person
        UNION ALL
        SELECT
            'account', of_deal.milestone, '', of_deal.deal, of_deal.account, of_deal.at,
            ifNull(least(of_deal.cohort_at, of_account.cohort_at), of_deal.cohort_at), of_deal.opportunity_at,
            of_deal.revenue_minor, of_deal.currency, of_deal.owner, of_deal.region, of_deal.industry,
            of_deal.attributes, if(of_deal.account = '', of_deal.touches, of_account.touches)
        FROM (SELECT * FROM {{touched_conversions}} WHERE grain = 'deal') AS of_deal
        LEFT JOIN of_account ON of_deal.account = of_account.account
    )
)
COMMENT 'Which touchpoints led to each conversion by account, whoever of the account had them: conversion_paths by account'
