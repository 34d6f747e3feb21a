-- All that a funnel counts, by everything that it may be asked by: ads, visits, people and deals, from impression to won.
-- Grain: one row per day of a keyword in ad_costs, per visit, and per step that a person or a deal reached.
-- Sum the columns impressions to revenue over any days and any rows: those of `day` are a period, those of `cohort_day`
-- a cohort, and over all time both are the same. What is not known of a row is empty: ads have no content, and no region.
-- From visitors to won count the steps that were entered; `reached` counts the passed over ones as well, see steps_reached.
-- To sum cost or revenue, group by currency.
CREATE OR REPLACE VIEW funnel_counts
(
    step String COMMENT 'ad: how often it was shown and clicked, and what it cost; visit; or the step that a person or a deal reached, as in steps_reached',
    day Date COMMENT 'Day in {{timezone}} on which it happened; of ads the day of the ad account',
    cohort_day Date COMMENT 'Day in {{timezone}} since which the person or the deal is counted; of ads the day of the ad account',
    channel String COMMENT 'Channel; of people and deals that of the first touch up to then, (none) if none came before',
    platform String COMMENT 'Ad platform, likewise',
    source String COMMENT 'Source, likewise; empty of ads',
    campaign String COMMENT 'Campaign, likewise',
    ad_group String COMMENT 'Ad group, likewise',
    keyword String COMMENT 'Keyword, likewise; empty if there is none or it is not known',
    content String COMMENT 'Content, likewise; empty of ads',
    author String COMMENT 'Author of the content, likewise; empty of ads',
    landing_page String COMMENT 'First page, likewise, without protocol, query and fragment; empty of ads',
    owner String COMMENT 'Who owns the lead or the deal in sales; empty of ads, and of visits of whom nobody knows',
    region String COMMENT 'Region of the person or the deal, likewise',
    industry String COMMENT 'Industry of the person or the deal, likewise',
    attributes Map(String, String) COMMENT 'What else the CRM says of the person or the deal; empty of ads and visits',
    currency String COMMENT 'Currency of cost and revenue, and of the deal; empty of visits and people, or if it is not known',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost Decimal(38, 6) COMMENT 'Cost in units of the currency',
    visits UInt64 COMMENT 'Visits to the website, each under its own source, without those of machines and of our own people',
    visitors UInt64 COMMENT 'People who came to the website',
    leads UInt64 COMMENT 'People who became a lead',
    mqls UInt64 COMMENT 'People who became marketing qualified',
    sales_qualified UInt64 COMMENT 'People who became sales qualified',
    opportunities UInt64 COMMENT 'Deals that were opened',
    pocs UInt64 COMMENT 'Deals whose proof of concept began',
    won UInt64 COMMENT 'Deals that were won',
    revenue Decimal(38, 2) COMMENT 'Amount of the won deals in units of the currency',
    reached UInt64 COMMENT 'People or deals that reached the step, entered or passed over; 0 of ads and visits',
    days_to_next Nullable(Float64) COMMENT 'Days until the next step was reached; NULL if it was not, of steps that were passed over, of ads and of visits',
    outcome String COMMENT 'What became of the person or the deal at the step, as in steps_reached; empty of ads and visits',
    reason String COMMENT 'Why, in the words of the CRM, as in steps_reached',
    reason_meant String COMMENT 'What the reason means, as in steps_reached'
)
AS SELECT
    'ad' AS step, day, day AS cohort_day, channel, platform, '' AS source, campaign, ad_group, keyword,
    '' AS content, '' AS author, '' AS landing_page, '' AS owner, '' AS region, '' AS industry,
    CAST(map(), 'Map(String, String)') AS attributes, currency, impressions, clicks, cost,
    0 AS visits, 0 AS visitors, 0 AS leads, 0 AS mqls, 0 AS sales_qualified, 0 AS opportunities, 0 AS pocs, 0 AS won,
    toDecimal128(0, 2) AS revenue, 0 AS reached, NULL AS days_to_next, '' AS outcome, '' AS reason, '' AS reason_meant
FROM {{ad_costs}}
UNION ALL
SELECT
    'visit', day, cohort_day, channel, platform, source, campaign, ad_group, keyword,
    content, author, landing_page, owner, region, industry,
    CAST(map(), 'Map(String, String)'), '', 0, 0, toDecimal128(0, 6),
    1, 0, 0, 0, 0, 0, 0, 0,
    toDecimal128(0, 2), 0, NULL, '', '', ''
FROM {{touchpoints}}
WHERE kind = 'visit'
UNION ALL
SELECT
    step, day, cohort_day, channel, platform, source, campaign, ad_group, keyword,
    content, author, landing_page, owner, region, industry,
    attributes, currency, 0, 0, toDecimal128(0, 6),
    0, step = 'visitor' AND is_entered, step = 'lead' AND is_entered, step = 'marketing_qualified' AND is_entered,
    step = 'sales_qualified' AND is_entered, step = 'opportunity' AND is_entered, step = 'poc' AND is_entered,
    step = 'won' AND is_entered,
    revenue, 1,
    if(is_entered, (toUnixTimestamp64Milli(next_at) - toUnixTimestamp64Milli(at)) / 86400000, NULL),
    outcome, reason, reason_meant
FROM {{steps_reached}}
COMMENT 'All that a funnel counts, by everything that it may be asked by: ads, visits, people and deals, from impression to won'
