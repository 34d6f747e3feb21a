-- What each keyword cost and earned day by day, by first and by last touch; no cost is lost, and no revenue counted twice.
-- Grain: one row per day, platform, campaign, ad group, keyword and currency that cost or earned anything.
-- A ratio, for example cost per deal won, is that of sums over many days: few deals are won on the day of the click.
-- People are counted in rows without a currency; to sum cost or revenue, group by currency.
CREATE OR REPLACE VIEW keyword_performance
(
    day Date COMMENT 'Of impressions, clicks and cost: the day of the ad account; of what was earned: the day in {{timezone}} on which it happened',
    platform String COMMENT 'Ad platform',
    campaign String COMMENT 'Campaign (计划)',
    ad_group String COMMENT 'Ad group (单元)',
    keyword String COMMENT 'Keyword (关键词); (unallocated) holds the cost that the platform reports without one, and of platforms without keywords what the campaign earned',
    currency String COMMENT 'Currency of cost and revenue, and of the deals counted; empty of people, or if it is not known',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost Decimal(38, 6) COMMENT 'Cost in units of the currency',
    leads_first UInt64 COMMENT 'People who became a lead, by their first touch',
    mql_first UInt64 COMMENT 'People who became marketing qualified, by their first touch',
    sales_qualified_first UInt64 COMMENT 'People who became sales qualified, by their first touch',
    opportunities_first UInt64 COMMENT 'Deals opened, by their first touch',
    pocs_first UInt64 COMMENT 'Deals whose proof of concept began, by their first touch',
    won_first UInt64 COMMENT 'Deals won, by their first touch',
    revenue_first Decimal(38, 2) COMMENT 'Amount of the deals won in units of the currency, by their first touch',
    leads_last UInt64 COMMENT 'People who became a lead, by their last touch before',
    mql_last UInt64 COMMENT 'People who became marketing qualified, by their last touch before',
    sales_qualified_last UInt64 COMMENT 'People who became sales qualified, by their last touch before',
    opportunities_last UInt64 COMMENT 'Deals opened, by their last touch before',
    pocs_last UInt64 COMMENT 'Deals whose proof of concept began, by their last touch before',
    won_last UInt64 COMMENT 'Deals won, by their last touch before',
    revenue_last Decimal(38, 2) COMMENT 'Amount of the deals won in units of the currency, by their last touch before'
)
AS SELECT
    day,
    platform,
    campaign,
    ad_group,
    keyword,
    currency,
    sum(shown) AS impressions,
    sum(clicked) AS clicks,
    toDecimal128(sum(micros), 6) / 1000000 AS cost,
    countIf(model = 'first' AND conversion = 'lead') AS leads_first,
    countIf(model = 'first' AND conversion = 'marketing_qualified') AS mql_first,
    countIf(model = 'first' AND conversion = 'sales_qualified') AS sales_qualified_first,
    countIf(model = 'first' AND conversion = 'opportunity') AS opportunities_first,
    countIf(model = 'first' AND conversion = 'poc') AS pocs_first,
    countIf(model = 'first' AND conversion = 'won') AS won_first,
    sumIf(amount, model = 'first') AS revenue_first,
    countIf(model = 'last' AND conversion = 'lead') AS leads_last,
    countIf(model = 'last' AND conversion = 'marketing_qualified') AS mql_last,
    countIf(model = 'last' AND conversion = 'sales_qualified') AS sales_qualified_last,
    countIf(model = 'last' AND conversion = 'opportunity') AS opportunities_last,
    countIf(model = 'last' AND conversion = 'poc') AS pocs_last,
    countIf(model = 'last' AND conversion = 'won') AS won_last,
    sumIf(amount, model = 'last') AS revenue_last
FROM
(
    SELECT
        day, platform, campaign, ad_group, if(ad_costs.keyword = '', '(unallocated)', ad_costs.keyword) AS keyword,
        currency, impressions AS shown, clicks AS clicked, cost_micros AS micros,
        '' AS model, '' AS conversion, toDecimal128(0, 2) AS amount
    FROM {{ad_costs}} AS ad_costs
    UNION ALL
    SELECT
        day, credit.2, credit.3, credit.4, if(credit.5 = '', '(unallocated)', credit.5), currency, 0, 0, 0,
        credit.1, conversion, revenue
    FROM {{conversions}}
    ARRAY JOIN [
        ('first', first_platform, first_campaign, first_ad_group, first_keyword),
        ('last', last_platform, last_campaign, last_ad_group, last_keyword)
    ] AS credit
    -- Meta and LinkedIn sell no keywords: what their campaigns earned stands beside what they cost.
    WHERE credit.5 != ''
        OR (credit.2, credit.3) IN (SELECT platform, campaign FROM {{ad_costs}} WHERE channel != 'paid_search')
)
GROUP BY day, platform, campaign, ad_group, keyword, currency
COMMENT 'What each keyword cost and earned day by day, by first and by last touch; no cost is lost, and no revenue counted twice'
