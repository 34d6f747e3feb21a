-- What each keyword cost and earned, by first and by last touch; no cost is lost, and no revenue counted twice.
-- Grain: one row per platform, campaign, ad group and keyword that cost or earned anything.
CREATE OR REPLACE VIEW keyword_performance
(
    platform String COMMENT 'Ad platform',
    campaign String COMMENT 'Campaign (计划)',
    ad_group String COMMENT 'Ad group (单元)',
    keyword String COMMENT 'Keyword (关键词); (unallocated) holds the cost that the platform reports without one',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost Decimal(38, 6) COMMENT 'Cost in currency units',
    currency String COMMENT 'Currency of cost and revenue; (mixed) if the row has several',
    leads_first UInt64 COMMENT 'People who became a lead, by their first touch',
    mql_first UInt64 COMMENT 'People who became marketing qualified, by their first touch',
    sales_qualified_first UInt64 COMMENT 'People who became sales qualified, by their first touch',
    opportunities_first UInt64 COMMENT 'Deals opened, by their first touch',
    pocs_first UInt64 COMMENT 'Deals whose proof of concept began, by their first touch',
    won_first UInt64 COMMENT 'Deals won, by their first touch',
    revenue_first Decimal(38, 2) COMMENT 'Amount of the deals won, by their first touch',
    cac_first Nullable(Float64) COMMENT 'Cost per deal won; NULL without one, or if currencies are mixed',
    roi_first Nullable(Float64) COMMENT '(Revenue - cost) / cost; NULL without cost, or if currencies are mixed',
    leads_last UInt64 COMMENT 'People who became a lead, by their last touch before',
    mql_last UInt64 COMMENT 'People who became marketing qualified, by their last touch before',
    sales_qualified_last UInt64 COMMENT 'People who became sales qualified, by their last touch before',
    opportunities_last UInt64 COMMENT 'Deals opened, by their last touch before',
    pocs_last UInt64 COMMENT 'Deals whose proof of concept began, by their last touch before',
    won_last UInt64 COMMENT 'Deals won, by their last touch before',
    revenue_last Decimal(38, 2) COMMENT 'Amount of the deals won, by their last touch before',
    cac_last Nullable(Float64) COMMENT 'Cost per deal won; NULL without one, or if currencies are mixed',
    roi_last Nullable(Float64) COMMENT '(Revenue - cost) / cost; NULL without cost, or if currencies are mixed'
)
AS SELECT
    platform,
    campaign,
    ad_group,
    keyword,
    sum(shown) AS impressions,
    sum(clicked) AS clicks,
    toDecimal128(sum(micros), 6) / 1000000 AS cost,
    arraySort(groupUniqArrayIf(money, money != '')) AS currencies,
    multiIf(length(currencies) > 1, '(mixed)', currencies[1]) AS currency,
    countIf(model = 'first' AND conversion = 'lead') AS leads_first,
    countIf(model = 'first' AND conversion = 'marketing_qualified') AS mql_first,
    countIf(model = 'first' AND conversion = 'sales_qualified') AS sales_qualified_first,
    countIf(model = 'first' AND conversion = 'opportunity') AS opportunities_first,
    countIf(model = 'first' AND conversion = 'poc') AS pocs_first,
    countIf(model = 'first' AND conversion = 'won') AS won_first,
    sumIf(amount, model = 'first') AS revenue_first,
    if(won_first = 0 OR currency = '(mixed)', NULL, toFloat64(cost) / won_first) AS cac_first,
    if(cost = 0 OR currency = '(mixed)', NULL, (toFloat64(revenue_first) - toFloat64(cost)) / toFloat64(cost)) AS roi_first,
    countIf(model = 'last' AND conversion = 'lead') AS leads_last,
    countIf(model = 'last' AND conversion = 'marketing_qualified') AS mql_last,
    countIf(model = 'last' AND conversion = 'sales_qualified') AS sales_qualified_last,
    countIf(model = 'last' AND conversion = 'opportunity') AS opportunities_last,
    countIf(model = 'last' AND conversion = 'poc') AS pocs_last,
    countIf(model = 'last' AND conversion = 'won') AS won_last,
    sumIf(amount, model = 'last') AS revenue_last,
    if(won_last = 0 OR currency = '(mixed)', NULL, toFloat64(cost) / won_last) AS cac_last,
    if(cost = 0 OR currency = '(mixed)', NULL, (toFloat64(revenue_last) - toFloat64(cost)) / toFloat64(cost)) AS roi_last
FROM
(
    SELECT
        toString(ad_performance.platform) AS platform,
        campaign,
        ad_group,
        if(ad_performance.keyword = '', '(unallocated)', ad_performance.keyword) AS keyword,
        impressions AS shown,
        clicks AS clicked,
        cost_micros AS micros,
        toString(ad_performance.currency) AS money,
        '' AS model,
        '' AS conversion,
        toDecimal128(0, 2) AS amount
    FROM ad_performance FINAL
    UNION ALL
    SELECT
        platform, campaign, ad_group, keyword, 0, 0, 0, if(revenue = 0, '', currency), model, conversion, revenue
    FROM credits
    WHERE keyword != ''
)
GROUP BY platform, campaign, ad_group, keyword
COMMENT 'What each keyword cost and earned, by first and by last touch; no cost is lost, and no revenue counted twice';
