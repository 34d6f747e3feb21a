-- What went out for advertising and what came in by deals, in the company's own currency, by the rate of each day.
-- Grain: one row per row of money_flows.
-- What has no rate is NULL, so that no sum holds a guess; without_rate tells how many rows a sum lacks.
CREATE OR REPLACE VIEW own_money_flows
(
    own_cost Nullable(Decimal(38, 6)) COMMENT 'Cost in units of the company''s own currency; NULL if the currency has no rate on the day',
    own_revenue Nullable(Decimal(38, 2)) COMMENT 'Amount of the won deal in units of the company''s own currency; NULL if the currency has no rate on the day',
    without_rate UInt8 COMMENT '1 if the currency has no rate on the day, else 0',
    kind String COMMENT 'cost or revenue',
    day Date COMMENT 'Of cost: the day of the ad account; of revenue: the day in {{timezone}} on which the deal was won',
    cohort_day Date COMMENT 'Of cost: the same; of revenue: the day in {{timezone}} since which the first of the people on the deal is counted',
    deal String COMMENT 'Deal; empty of cost',
    customer String COMMENT 'Account that bought; the deal, if its account is not known; empty of cost',
    new_customers UInt8 COMMENT '1 of the first deal that the customer gave, else 0',
    won UInt8 COMMENT '1 of revenue, 0 of cost',
    cost Decimal(38, 6) COMMENT 'Cost in units of the currency',
    revenue Decimal(38, 2) COMMENT 'Amount of the won deal in units of the currency',
    currency String COMMENT 'ISO 4217 code of the currency; empty if it is not known',
    first_channel String COMMENT 'Channel of the first touch; of revenue (none) if no touch came before',
    first_platform String COMMENT 'Ad platform of the first touch',
    first_campaign String COMMENT 'Campaign of the first touch',
    first_ad_group String COMMENT 'Ad group of the first touch',
    first_keyword String COMMENT 'Keyword of the first touch; empty if there is none or it is not known',
    last_channel String COMMENT 'Channel of the last touch; of revenue (none) if no touch came before',
    last_platform String COMMENT 'Ad platform of the last touch',
    last_campaign String COMMENT 'Campaign of the last touch',
    last_ad_group String COMMENT 'Ad group of the last touch',
    last_keyword String COMMENT 'Keyword of the last touch; empty if there is none or it is not known'
)
AS SELECT
    multiIf(
        flow.currency = {{reports.money.currency}} OR flow.cost = 0, toNullable(flow.cost),
        rates.rate > 0,
            toNullable(toDecimal128(round(toDecimal256(flow.cost, 6) * toDecimal256(rates.rate, 18), 6), 6)),
        NULL
    ) AS own_cost,
    multiIf(
        flow.currency = {{reports.money.currency}} OR flow.revenue = 0, toNullable(flow.revenue),
        rates.rate > 0,
            toNullable(toDecimal128(round(toDecimal256(flow.revenue, 2) * toDecimal256(rates.rate, 18), 2), 2)),
        NULL
    ) AS own_revenue,
    toUInt8(isNull(own_cost) OR isNull(own_revenue)) AS without_rate,
    flow.kind AS kind,
    flow.day AS day,
    flow.cohort_day AS cohort_day,
    flow.deal AS deal,
    flow.customer AS customer,
    flow.new_customers AS new_customers,
    flow.won AS won,
    flow.cost AS cost,
    flow.revenue AS revenue,
    flow.currency AS currency,
    flow.first_channel AS first_channel,
    flow.first_platform AS first_platform,
    flow.first_campaign AS first_campaign,
    flow.first_ad_group AS first_ad_group,
    flow.first_keyword AS first_keyword,
    flow.last_channel AS last_channel,
    flow.last_platform AS last_platform,
    flow.last_campaign AS last_campaign,
    flow.last_ad_group AS last_ad_group,
    flow.last_keyword AS last_keyword
FROM money_flows AS flow
LEFT JOIN exchange_rates AS rates ON flow.day = rates.day AND flow.currency = rates.currency
COMMENT 'What went out for advertising and what came in by deals, in the company''s own currency, by the rate of each day'
