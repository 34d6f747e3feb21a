-- What advertising cost: each day of each keyword in the newest report of it, with the channel that it stands for.
-- Grain: one row per platform, account, campaign, ad group, keyword, match type, device and day.
-- Kept by: day, platform, campaign
CREATE OR REPLACE VIEW ad_costs
(
    day Date COMMENT 'Day in the time zone of the ad account',
    channel String COMMENT 'Channel that the platform sells: paid_search, paid_social, paid_video or display',
    platform String COMMENT 'Ad platform',
    account String COMMENT 'Ad account',
    campaign String COMMENT 'Campaign (计划)',
    ad_group String COMMENT 'Ad group (单元)',
    keyword String COMMENT 'Keyword (关键词); empty where the platform reports cost without one',
    match_type String COMMENT 'How closely a search had to match the keyword',
    device String COMMENT 'Kind of device, if the report tells',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost_micros UInt64 COMMENT 'Cost in millionths of the currency unit',
    cost Decimal(38, 6) COMMENT 'Cost in currency units',
    currency String COMMENT 'ISO 4217 code of the currency; empty if the report does not say'
)
AS SELECT
    day,
    multiIf(
        platform IN (
            'linkedin', 'meta', 'oceanengine', 'pinterest', 'quora', 'reddit', 'snapchat', 'tencent', 'weibo', 'x',
            'xiaohongshu', 'zhihu'
        ), 'paid_social',
        platform IN ('bilibili', 'kuaishou', 'tiktok'), 'paid_video',
        platform IN ('outbrain', 'taboola'), 'display',
        'paid_search'
    ) AS channel,
    toString(ad_performance.platform) AS platform,
    account,
    campaign,
    ad_group,
    keyword,
    toString(ad_performance.match_type) AS match_type,
    toString(ad_performance.device) AS device,
    impressions,
    clicks,
    cost_micros,
    toDecimal128(cost_micros, 6) / 1000000 AS cost,
    toString(ad_performance.currency) AS currency
FROM (SELECT * FROM {{ad_performance}}) AS ad_performance
COMMENT 'What advertising cost: each day of each keyword in the newest report of it, with the channel that it stands for'
