-- Which campaigns the ad reports know, and whose they are.
-- Grain: one row per platform and campaign.
-- A touchpoint knows its campaign but not its ad account: it is that of the campaign, where only one account has one
-- of that name.
CREATE OR REPLACE VIEW ad_campaigns
(
    platform String COMMENT 'Ad platform',
    campaign String COMMENT 'Campaign (计划)',
    channel String COMMENT 'Channel that the platform sells: paid_search, paid_social, paid_video or display',
    account String COMMENT 'Ad account; empty if several have a campaign of this name',
    accounts UInt64 COMMENT 'Number of ad accounts that have a campaign of this name',
    first_day Date COMMENT 'First day on which it is reported',
    last_day Date COMMENT 'Last day on which it is reported'
)
AS SELECT
    platform,
    campaign,
    any(ad_costs.channel) AS channel,
    if(uniqExact(ad_costs.account) = 1, any(ad_costs.account), '') AS account,
    uniqExact(ad_costs.account) AS accounts,
    min(day) AS first_day,
    max(day) AS last_day
FROM ad_costs
GROUP BY platform, campaign
COMMENT 'Which campaigns the ad reports know, and whose they are'
