-- Which touchpoints led to each conversion by account, whoever of the account had them: conversion_paths by account.
-- Grain: one row per account and milestone that its people reached; and one per conversion of a deal.
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
    converted AS
    (
        SELECT
            first.1 AS milestone, '' AS deal, reached.account AS account, first.2 AS at,
            assumeNotNull(reached.cohort_at) AS cohort_at, NULL AS opportunity_at, toUInt64(0) AS revenue_minor,
            '' AS currency, told.owner AS owner, told.region AS region, told.industry AS industry,
            told.attributes AS attributes
        FROM (SELECT account, cohort_at, arrayJoin(firsts) AS first FROM {{account_touches}}) AS reached
        LEFT JOIN {{person_attributes}} AS told ON reached.first.3 = told.person
        UNION ALL
        SELECT
            milestone, deal, account, at, cohort_at, opportunity_at, revenue_minor, currency, owner, region, industry,
            attributes
        FROM {{conversion_paths}}
        WHERE grain = 'deal' AND account != ''
    )
SELECT
    'account' AS grain,
    milestone,
    '' AS person,
    deal,
    converted.account AS account,
    at,
    toDate(at, '{{timezone}}') AS day,
    if(deal = '', converted.cohort_at, ifNull(least(converted.cohort_at, touched.cohort_at), converted.cohort_at)) AS cohort_at,
    toDate(cohort_at, '{{timezone}}') AS cohort_day,
    opportunity_at,
    revenue_minor,
    currency,
    owner,
    region,
    industry,
    attributes,
    -- They stand in order of time.
    arraySlice(touched.touch_id, 1, arrayCount(touched_at -> touched_at <= at, touched.touch_at) AS passed) AS touch_id,
    arraySlice(touched.touch_at, 1, passed) AS touch_at,
    arraySlice(touched.touch_person, 1, passed) AS touch_person,
    arrayMap(lead_at -> if(lead_at <= at, lead_at, never), arraySlice(touched.touch_lead_at, 1, passed)) AS touch_lead_at,
    arraySlice(touched.touch_kind, 1, passed) AS touch_kind,
    arraySlice(touched.touch_channel, 1, passed) AS touch_channel,
    arraySlice(touched.touch_platform, 1, passed) AS touch_platform,
    arraySlice(touched.touch_source, 1, passed) AS touch_source,
    arraySlice(touched.touch_medium, 1, passed) AS touch_medium,
    arraySlice(touched.touch_campaign, 1, passed) AS touch_campaign,
    arraySlice(touched.touch_ad_group, 1, passed) AS touch_ad_group,
    arraySlice(touched.touch_keyword, 1, passed) AS touch_keyword,
    arraySlice(touched.touch_search_term, 1, passed) AS touch_search_term,
    arraySlice(touched.touch_content, 1, passed) AS touch_content,
    arraySlice(touched.touch_author, 1, passed) AS touch_author,
    arraySlice(touched.touch_published, 1, passed) AS touch_published,
    arraySlice(touched.touch_landing_page, 1, passed) AS touch_landing_page
-- The few conversions are held in memory, while the many touchpoints pass by.
FROM {{account_touches}} AS touched
RIGHT JOIN converted ON touched.account = converted.account
UNION ALL
SELECT
    'account', milestone, person, deal, account, at, day, cohort_at, cohort_day, opportunity_at, revenue_minor, currency, owner, region, industry, attributes, touch_id, touch_at, touch_person, touch_lead_at, touch_kind, touch_channel, touch_platform, touch_source, touch_medium, touch_campaign, touch_ad_group, touch_keyword, touch_search_term, touch_content, touch_author, touch_published, touch_landing_page
FROM {{conversion_paths}}
WHERE grain = 'deal' AND account = ''
COMMENT 'Which touchpoints led to each conversion by account, whoever of the account had them: conversion_paths by account'
