-- What went out for advertising and what came in by deals, each once, with the touch that earns it.
-- Grain: one row per day of a keyword in ad_costs, and one per won deal.
-- Group by the columns first_… or last_…: that is the model; of cost both name the place that was paid for. Sums over
-- all rows are those of ad_costs and of the won deals, whatever they are grouped by.
-- To sum cost or revenue, group by currency; own_money_flows has them in the company's own currency.
CREATE OR REPLACE VIEW money_flows
(
    kind String COMMENT 'cost or revenue',
    day Date COMMENT 'Of cost: the day of the ad account; of revenue: the day in {{timezone}} on which the deal was won',
    cohort_day Date COMMENT 'Of cost: the same; of revenue: the day in {{timezone}} since which the first of the people on the deal is counted',
    ad_account String COMMENT 'Ad account; empty of revenue',
    deal String COMMENT 'Deal; empty of cost',
    customer String COMMENT 'Account that bought; the deal, if its account is not known; empty of cost',
    new_customers UInt8 COMMENT '1 of the first deal that the customer gave, else 0',
    won UInt8 COMMENT '1 of revenue, 0 of cost',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
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
    'cost' AS kind, day, day AS cohort_day, account AS ad_account, '' AS deal, '' AS customer,
    toUInt8(0) AS new_customers, toUInt8(0) AS won, impressions, clicks, cost, toDecimal128(0, 2) AS revenue,
    currency, channel AS first_channel, platform AS first_platform, campaign AS first_campaign,
    ad_group AS first_ad_group, keyword AS first_keyword, channel AS last_channel, platform AS last_platform,
    campaign AS last_campaign, ad_group AS last_ad_group, keyword AS last_keyword
FROM ad_costs
UNION ALL
SELECT
    'revenue', day, cohort_day, '', deal,
    if(account = '', deal, account) AS customer,
    toUInt8(row_number() OVER (PARTITION BY customer ORDER BY at, deal) = 1), 1, 0, 0,
    toDecimal128(0, 6), revenue, currency, first_channel, first_platform, first_campaign,
    first_ad_group, first_keyword, last_channel, last_platform, last_campaign, last_ad_group, last_keyword
FROM conversions
WHERE conversion = 'won'
COMMENT 'What went out for advertising and what came in by deals, each once, with the touch that earns it'
