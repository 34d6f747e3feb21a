-- How many came how far, from impression to won deal, by channel or whatever else tells them apart?
-- Each step counts who entered it; funnel_steps has rates, costs and those who passed a step over. What ads don't say, for
-- example a region, is (unallocated), so that no cost is lost.
-- by = channel | platform | source | campaign | ad_group | keyword | content | author | landing_page | region | industry | owner | attribute | month | week: what a row is; a week is told by its Monday
-- attribute = : with by=attribute, the name of the attribute in the CRM
-- mode = period | cohort: count on the day something happened, or on that since which the person or the deal is known
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- owner = : only this owner
-- region = : only this region
-- industry = : only this industry
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > attribute: value of the attribute that was asked for
-- ~ totals: impressions, clicks, visits, visitors, leads, mqls, sales_qualified, opportunities, pocs, won
-- ~ bars: by; leads, won, revenue
SELECT
    {by:Identifier},
    p.impressions AS impressions,
    p.clicks AS clicks,
    p.cost AS cost,
    if(p.currency = main, visits_of_part, 0) AS visits,
    if(p.currency = main, visitors_of_part, 0) AS visitors,
    if(p.currency = main, leads_of_part, 0) AS leads,
    if(p.currency = main, mqls_of_part, 0) AS mqls,
    if(p.currency = main, sales_qualified_of_part, 0) AS sales_qualified,
    p.opportunities AS opportunities,
    p.pocs AS pocs,
    p.won AS won,
    p.revenue AS revenue,
    p.currency AS currency
FROM
(
    -- People have no currency: they stand in the row of the one that most of the part's ads and deals have.
    SELECT
        *,
        first_value(currency) OVER (
            PARTITION BY {by:Identifier}
            ORDER BY currency = '', impressions DESC, opportunities DESC, currency
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS main,
        sum(visits) OVER of_part AS visits_of_part,
        sum(visitors) OVER of_part AS visitors_of_part,
        sum(leads) OVER of_part AS leads_of_part,
        sum(mqls) OVER of_part AS mqls_of_part,
        sum(sales_qualified) OVER of_part AS sales_qualified_of_part
    FROM
    (
        SELECT
            multiIf(
                f.{by:Identifier} != '', f.{by:Identifier},
                f.step = 'ad', '(unallocated)',
                '(none)'
            ) AS {by:Identifier},
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
        FROM
        (
            SELECT
                *,
                day AS period_day,
                attributes[{attribute:String}] AS attribute,
                formatDateTime({mode:Identifier}_day, '%Y-%m') AS month,
                toString(toMonday({mode:Identifier}_day)) AS week
            FROM {{funnel_counts}}
        ) AS f
        WHERE f.{mode:Identifier}_day BETWEEN {from:Date} AND {to:Date}
            -- Nobody comes before the day since which all that they do is counted.
            AND (f.step != 'visit' OR f.day >= {from:Date})
            AND {channel:String} IN ('', f.channel)
            AND {platform:String} IN ('', f.platform)
            AND {campaign:String} IN ('', f.campaign)
            AND {keyword:String} IN ('', f.keyword)
            AND {owner:String} IN ('', f.owner)
            AND {region:String} IN ('', f.region)
            AND {industry:String} IN ('', f.industry)
        GROUP BY {by:Identifier}, currency
    )
    WINDOW of_part AS (PARTITION BY {by:Identifier})
) AS p
WHERE
    p.currency = main AND visits_of_part + visitors_of_part + leads_of_part + mqls_of_part + sales_qualified_of_part > 0
    OR p.impressions + p.clicks + p.opportunities + p.pocs + p.won > 0
    OR p.cost > 0
    OR p.revenue > 0
ORDER BY leads_of_part DESC, visits_of_part DESC, {by:Identifier}, p.currency != main, p.currency
