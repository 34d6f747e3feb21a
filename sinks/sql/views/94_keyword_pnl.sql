-- What each keyword cost, earned and may still earn, by first touch; drill down from platform to search term.
-- Grain: one row per day, platform, account, campaign, ad group, keyword, search term and currency.
-- To go by another model, or by cohort, ask keyword_pnl_by. All cost and all conversions are in it: sums tie to the
-- invoice and to the deals. Visits and people stand in rows without a currency; to sum money, group by currency.
-- Kept by: day, platform, campaign
CREATE OR REPLACE VIEW keyword_pnl
(
    day Date COMMENT 'Of impressions, clicks and cost: the day of the ad account; of all else: the day in {{timezone}} on which it happened; of what is open, on which it became a lead or was opened',
    platform String COMMENT 'Ad platform; empty of what came by no ad',
    account String COMMENT 'Ad account; of what was earned, that of the campaign, empty if several have one of that name or no report knows it',
    campaign String COMMENT 'Campaign (计划)',
    ad_group String COMMENT 'Ad group (单元)',
    keyword String COMMENT 'Keyword (关键词); (unallocated) holds the cost that the platform reports without one, and of platforms without keywords what the campaign earned; empty if it is not known',
    search_term String COMMENT 'Search term (搜索词), what the person typed; (unallocated) holds impressions, clicks and cost, which platforms report by keyword; empty if it is not known',
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
    revenue Decimal(38, 2) COMMENT 'Amount of the won deals in units of the currency',
    open_leads UInt64 COMMENT 'Of the leads, those that stand in a stage before the opportunity, as in open_pipeline',
    open_deals UInt64 COMMENT 'Of the opportunities, those that are neither won nor lost',
    expected_won Float64 COMMENT 'Deals won, and of what is open those that will be on average, by stage_maturation',
    expected_revenue Decimal(38, 2) COMMENT 'Revenue, and of each open deal its amount times its chance; what open leads may bring has no currency yet and is not in it'
)
AS SELECT
    day,
    platform,
    account,
    campaign,
    ad_group,
    keyword,
    search_term,
    currency,
    impressions,
    clicks,
    cost,
    visits,
    toUInt64(leads) AS leads,
    toUInt64(mqls) AS mqls,
    toUInt64(sales_qualified) AS sales_qualified,
    toUInt64(opportunities) AS opportunities,
    toUInt64(pocs) AS pocs,
    toUInt64(won) AS won,
    revenue,
    toUInt64(open_leads) AS open_leads,
    toUInt64(open_deals) AS open_deals,
    expected_won,
    expected_revenue
FROM keyword_pnl_by(model = 'first', mode = 'period')
COMMENT 'What each keyword cost, earned and may still earn, by first touch; drill down from platform to search term'
