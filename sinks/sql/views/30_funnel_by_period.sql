-- Where we lose them, by the day on which each thing happened: from impression to won deal, with first-touch credit.
-- Grain: one row per day, channel, platform, campaign, ad group, keyword and currency.
-- Of whom came on a day, funnel_by_cohort tells how far they got. What is counted in people or visits has no currency
-- and stands in rows of its own; to sum cost or revenue, group by currency.
CREATE OR REPLACE VIEW funnel_by_period
(
    day Date COMMENT 'Day in {{timezone}} on which it happened; of impressions, clicks and cost: the day of the ad account',
    channel String COMMENT 'Channel; (none) if no touchpoint came before',
    platform String COMMENT 'Ad platform',
    campaign String COMMENT 'Campaign',
    ad_group String COMMENT 'Ad group',
    keyword String COMMENT 'Keyword; empty if there is none or it is not known',
    currency String COMMENT 'Currency of cost and revenue, and of the deals counted; empty of visits and people, or if it is not known',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost Decimal(38, 6) COMMENT 'Cost in units of the currency',
    visits UInt64 COMMENT 'Visits to the website, each under its own source, without those of machines and of our own people',
    leads UInt64 COMMENT 'People who became a lead',
    mqls UInt64 COMMENT 'People who became marketing qualified',
    sales_qualified UInt64 COMMENT 'People who became sales qualified',
    opportunities UInt64 COMMENT 'Deals that were opened',
    pocs UInt64 COMMENT 'Deals whose proof of concept began',
    won UInt64 COMMENT 'Deals that were won',
    revenue Decimal(38, 2) COMMENT 'Amount of the won deals in units of the currency'
)
AS SELECT
    day,
    channel,
    platform,
    campaign,
    ad_group,
    keyword,
    currency,
    sum(shown) AS impressions,
    sum(clicked) AS clicks,
    toDecimal128(sum(micros), 6) / 1000000 AS cost,
    countIf(step = 'visit') AS visits,
    countIf(step = 'lead') AS leads,
    countIf(step = 'marketing_qualified') AS mqls,
    countIf(step = 'sales_qualified') AS sales_qualified,
    countIf(step = 'opportunity') AS opportunities,
    countIf(step = 'poc') AS pocs,
    countIf(step = 'won') AS won,
    sum(amount) AS revenue
FROM
(
    SELECT
        day, channel, platform, campaign, ad_group, keyword, currency, 'ad' AS step,
        impressions AS shown, clicks AS clicked, cost_micros AS micros, toDecimal128(0, 2) AS amount
    FROM ad_costs
    UNION ALL
    SELECT
        day, channel, platform, campaign, ad_group, keyword, '', 'visit',
        0, 0, 0, toDecimal128(0, 2)
    FROM touchpoints
    WHERE kind = 'visit'
    UNION ALL
    SELECT
        day, first_channel, first_platform, first_campaign, first_ad_group, first_keyword, currency, conversion,
        0, 0, 0, revenue
    FROM conversions
)
GROUP BY day, channel, platform, campaign, ad_group, keyword, currency
COMMENT 'Where we lose them, by the day on which each thing happened: from impression to won deal, with first-touch credit'
