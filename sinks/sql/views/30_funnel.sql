-- Where we lose them: from impression to won deal by day, channel and keyword, with first-touch credit.
-- Grain: one row per mode, day, channel, platform, campaign, ad group and keyword.
-- mode 'period' counts on the day on which something happened, 'cohort' on the day of the first touch.
CREATE OR REPLACE VIEW funnel
(
    mode String COMMENT 'cohort: counted on the day of the first touch; period: on the day it happened. Filter by one',
    day Date COMMENT 'Day in {{timezone}}; of impressions, clicks and cost: the day of the ad account',
    channel String COMMENT 'Channel; (none) if no touchpoint came before',
    platform String COMMENT 'Ad platform',
    campaign String COMMENT 'Campaign',
    ad_group String COMMENT 'Ad group',
    keyword String COMMENT 'Keyword; empty if there is none or it is not known',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost Decimal(38, 6) COMMENT 'Cost in currency units, currencies not converted',
    visits UInt64 COMMENT 'Visits to the website, each under its own source, without those of machines and of our own people',
    leads UInt64 COMMENT 'People who became a lead',
    mqls UInt64 COMMENT 'People who became marketing qualified',
    sales_qualified UInt64 COMMENT 'People who became sales qualified',
    opportunities UInt64 COMMENT 'Deals that were opened',
    pocs UInt64 COMMENT 'Deals whose proof of concept began',
    won UInt64 COMMENT 'Deals that were won',
    revenue Decimal(38, 2) COMMENT 'Amount of the won deals in currency units, currencies not converted'
)
AS SELECT
    mode,
    day,
    channel,
    platform,
    campaign,
    ad_group,
    keyword,
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
        arrayJoin(['cohort', 'period']) AS mode,
        day,
        'paid_search' AS channel,
        toString(ad_performance.platform) AS platform,
        campaign,
        ad_group,
        keyword,
        'ad' AS step,
        impressions AS shown,
        clicks AS clicked,
        cost_micros AS micros,
        toDecimal128(0, 2) AS amount
    FROM ad_performance FINAL
    UNION ALL
    SELECT
        arrayJoin(['cohort', 'period']) AS mode,
        toDate(
            if(mode = 'cohort', arrayFirst((at, bot) -> NOT bot, touchpoints.at, touchpoints.is_bot), touch_at),
            '{{timezone}}'
        ),
        touch_channel,
        touch_platform,
        touch_campaign,
        touch_ad_group,
        touch_keyword,
        'visit',
        0,
        0,
        0,
        toDecimal128(0, 2)
    FROM journeys FINAL
    ARRAY JOIN
        touchpoints.kind AS touch_kind,
        touchpoints.at AS touch_at,
        touchpoints.channel AS touch_channel,
        touchpoints.platform AS touch_platform,
        touchpoints.campaign AS touch_campaign,
        touchpoints.ad_group AS touch_ad_group,
        touchpoints.keyword AS touch_keyword,
        touchpoints.is_bot AS touch_is_bot
    WHERE touch_kind = 'visit' AND NOT touch_is_bot AND NOT is_internal
    UNION ALL
    SELECT
        arrayJoin(['cohort', 'period']) AS mode,
        toDate(if(mode = 'cohort', cohort_at, at), '{{timezone}}'),
        channel,
        platform,
        campaign,
        ad_group,
        keyword,
        conversion,
        0,
        0,
        0,
        revenue
    FROM credits
    WHERE model = 'first'
)
GROUP BY mode, day, channel, platform, campaign, ad_group, keyword
COMMENT 'Where we lose them: from impression to won deal by day, channel and keyword, with first-touch credit';
