-- What is each customer worth so far, and what brought it.
-- Grain: one row per account that gave at least one won deal; a won deal without an account is a customer of its own.
-- A customer belongs to the touch of its first deal, whatever brought the later ones.
CREATE OR REPLACE VIEW customers
(
    customer String COMMENT 'Account that bought; the deal, if its account is not known',
    cohort_day Date COMMENT 'Day in {{timezone}} since which the first of the people on its first deal is counted',
    won_day Date COMMENT 'Day in {{timezone}} on which its first deal was won',
    won UInt64 COMMENT 'Its won deals',
    own_revenue Nullable(Decimal(38, 2)) COMMENT 'Amount of all of them in the company''s own currency; NULL if one of them has no rate',
    own_first_year_revenue Nullable(Decimal(38, 2)) COMMENT 'Of that, what was won within 365 days after the first',
    own_ltv Nullable(Float64) COMMENT 'What the customer is worth by the policy: gross margin times what it brought so far; with a lifetime, times what its first 365 days brought and the years; NULL if one of its deals has no rate',
    first_deal String COMMENT 'Its first deal',
    first_channel String COMMENT 'Channel of the first touch of its first deal; (none) if no touch came before',
    first_platform String COMMENT 'Ad platform of the first touch',
    first_campaign String COMMENT 'Campaign of the first touch',
    first_ad_group String COMMENT 'Ad group of the first touch',
    first_keyword String COMMENT 'Keyword of the first touch',
    last_channel String COMMENT 'Channel of the last touch of its first deal; (none) if no touch came before',
    last_platform String COMMENT 'Ad platform of the last touch',
    last_campaign String COMMENT 'Campaign of the last touch',
    last_ad_group String COMMENT 'Ad group of the last touch',
    last_keyword String COMMENT 'Keyword of the last touch'
)
AS SELECT
    flows.customer AS customer,
    anyIf(flows.cohort_day, is_first) AS cohort_day,
    anyIf(flows.day, is_first) AS won_day,
    count() AS won,
    if(countIf(isNull(flows.own_revenue)) > 0, NULL, sum(flows.own_revenue)) AS own_revenue,
    if(isNull(own_revenue), NULL, sumIf(flows.own_revenue, flows.day <= first_day + 365)) AS own_first_year_revenue,
    toFloat64({{reports.money.gross_margin}}) * if(
        {{reports.money.lifetime_years}} > 0,
        toFloat64(own_first_year_revenue) * {{reports.money.lifetime_years}},
        toFloat64(own_revenue)
    ) AS own_ltv,
    anyIf(flows.deal, is_first) AS first_deal,
    anyIf(flows.first_channel, is_first) AS first_channel,
    anyIf(flows.first_platform, is_first) AS first_platform,
    anyIf(flows.first_campaign, is_first) AS first_campaign,
    anyIf(flows.first_ad_group, is_first) AS first_ad_group,
    anyIf(flows.first_keyword, is_first) AS first_keyword,
    anyIf(flows.last_channel, is_first) AS last_channel,
    anyIf(flows.last_platform, is_first) AS last_platform,
    anyIf(flows.last_campaign, is_first) AS last_campaign,
    anyIf(flows.last_ad_group, is_first) AS last_ad_group,
    anyIf(flows.last_keyword, is_first) AS last_keyword
FROM
(
    SELECT *, new_customers = 1 AS is_first, min(day) OVER (PARTITION BY customer) AS first_day
    FROM own_money_flows
    WHERE kind = 'revenue'
) AS flows
GROUP BY customer
COMMENT 'What is each customer worth so far, and what brought it'
