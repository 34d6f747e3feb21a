-- Which touchpoints led to each conversion: what every model of attribution, and first and last touch, are made of.
-- Grain: one row per conversion of a person, by lead; and two per conversion of a deal: by deal and by lead.
-- Kept by: grain, milestone, day, at
-- A person converts to lead, marketing_qualified and sales_qualified; a deal to opportunity, poc and won. By lead, a
-- deal has the touchpoints of the first of its people to become a lead, else of the first to come; so deals, and
-- revenue, sum to the same by either. By account they stand in account_paths.
-- Touchpoints of machines and of our own people don't count. It holds arrays; attribution shows the same without any.
CREATE OR REPLACE VIEW conversion_paths
(
    grain String COMMENT 'By whose touchpoints: lead: of one person; deal: of everybody on the deal',
    milestone String COMMENT 'lead, marketing_qualified, sales_qualified, opportunity, poc or won',
    person String COMMENT 'Person who converted; of a deal by lead, the one whose touchpoints they are; else empty',
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
AS WITH toDateTime64('2200-01-01', 3, 'UTC') AS never
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
    FROM {{touched_conversions}}
)
COMMENT 'Which touchpoints led to each conversion: what every model of attribution, and first and last touch, are made of'
