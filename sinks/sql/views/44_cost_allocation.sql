-- Which part of what advertising cost meets anybody who came by it, and which part meets nobody.
-- Grain: one row per platform, account, campaign, ad group, keyword, match type, device and day, as in ad_costs.
-- The sum over all rows is the cost of ad_costs, and so the invoice: what meets no touchpoint is there as well.
CREATE OR REPLACE VIEW cost_allocation
(
    day Date COMMENT 'Day in the time zone of the ad account',
    channel String COMMENT 'Channel that the platform sells: paid_search, paid_social, paid_video or display',
    platform String COMMENT 'Ad platform',
    account String COMMENT 'Ad account',
    campaign String COMMENT 'Campaign (计划)',
    ad_group String COMMENT 'Ad group (单元)',
    keyword String COMMENT 'Keyword (关键词); empty where the platform reports cost without one',
    allocation String COMMENT 'keyword: touchpoints of any time name the keyword; campaign: they name the campaign, but not the keyword, or there is none; none: no touchpoint names the campaign, so that nothing can be credited to this cost',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost Decimal(38, 6) COMMENT 'Cost in currency units',
    currency String COMMENT 'ISO 4217 code of the currency; empty if the report does not say'
)
AS SELECT
    day,
    channel,
    platform,
    account,
    campaign,
    ad_group,
    keyword,
    multiIf(
        keyword != '' AND (platform, campaign, ad_group, keyword) IN
        (
            SELECT platform, campaign, ad_group, keyword FROM touched_ads WHERE keyword != ''
        ), 'keyword',
        campaign != '' AND (platform, campaign) IN
        (
            SELECT platform, campaign FROM touched_ads WHERE campaign != ''
        ), 'campaign',
        'none'
    ) AS allocation,
    impressions,
    clicks,
    cost,
    currency
FROM ad_costs
COMMENT 'Which part of what advertising cost meets anybody who came by it, and which part meets nobody'
