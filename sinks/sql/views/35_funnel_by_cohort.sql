-- Where we lose them, by the day since which those who came are known: from impression to won deal, with first-touch credit.
-- Grain: one row per day, channel, platform, campaign, ad group, keyword and currency.
-- All that a person does is counted on one day: that of the first touchpoint or of the creation of the lead, whichever
-- is earlier, else of the first fact; a deal on the first such day of its people, or on that on which it was opened.
-- What is counted in people or visits has no currency and stands in rows of its own; to sum cost or revenue, group by
-- currency.
CREATE OR REPLACE VIEW funnel_by_cohort
(
    day Date COMMENT 'Day in {{timezone}} since which the person or the deal is counted; of impressions, clicks and cost: the day of the ad account',
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
    visitors UInt64 COMMENT 'People who came to the website',
    leads UInt64 COMMENT 'People who became a lead',
    mqls UInt64 COMMENT 'People who became marketing qualified',
    sales_qualified UInt64 COMMENT 'People who became sales qualified',
    opportunities UInt64 COMMENT 'Deals that were opened',
    pocs UInt64 COMMENT 'Deals whose proof of concept began',
    won UInt64 COMMENT 'Deals that were won',
    revenue Decimal(38, 2) COMMENT 'Amount of the won deals in units of the currency'
)
AS SELECT
    f.cohort_day AS day,
    f.channel AS channel,
    f.platform AS platform,
    f.campaign AS campaign,
    f.ad_group AS ad_group,
    f.keyword AS keyword,
    f.currency AS currency,
    sum(f.impressions) AS impressions,
    sum(f.clicks) AS clicks,
    sum(f.cost) AS cost,
    sum(f.visits) AS visits,
    sum(f.visitors) AS visitors,
    sum(f.leads) AS leads,
    sum(f.mqls) AS mqls,
    sum(f.sales_qualified) AS sales_qualified,
    sum(f.opportunities) AS opportunities,
    sum(f.pocs) AS pocs,
    sum(f.won) AS won,
    sum(f.revenue) AS revenue
FROM funnel_counts AS f
-- A step that was passed over is not in these sums, and makes no row.
WHERE f.reached = 0 OR f.visitors + f.leads + f.mqls + f.sales_qualified + f.opportunities + f.pocs + f.won > 0
GROUP BY day, channel, platform, campaign, ad_group, keyword, currency
COMMENT 'Where we lose them, by the day since which those who came are known: from impression to won deal, with first-touch credit'
