-- What did each keyword cost and bring, month by month, by the first touch?
SELECT
    toStartOfMonth(day) AS month,
    platform,
    campaign,
    ad_group,
    keyword,
    currency,
    sum(impressions) AS impressions,
    sum(clicks) AS clicks,
    sum(cost) AS cost,
    sum(leads_first) AS leads,
    sum(mql_first) AS mqls,
    sum(sales_qualified_first) AS sales_qualified,
    sum(opportunities_first) AS opportunities,
    sum(pocs_first) AS pocs,
    sum(won_first) AS won,
    sum(revenue_first) AS revenue
FROM {{ source('leadtrace', 'keyword_performance') }}
GROUP BY month, platform, campaign, ad_group, keyword, currency
