-- Which part of what advertising cost meets anybody who came by it, so that all of it ties to the invoice?
-- by = platform | account | campaign | month: what a part is
-- currency = : only cost in this currency; empty: all, each in its own
-- from = 1970-01-01: first day, in the time zone of the ad account
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- > part: value of what was asked by
-- > invoice: cost of the whole part in this currency, which is what the platform invoices for these days
-- > share: cost as a share of it
-- ~ bars: part, allocation; cost
SELECT
    part,
    allocation,
    a.impressions AS impressions,
    a.clicks AS clicks,
    a.cost AS cost,
    a.currency AS currency,
    sum(a.cost) OVER (PARTITION BY part, a.currency) AS invoice,
    if(invoice = 0, NULL, toFloat64(cost) / toFloat64(invoice)) AS share
FROM
(
    SELECT
        if(c.{by:Identifier} = '', '(unallocated)', c.{by:Identifier}) AS part,
        c.currency AS currency,
        c.allocation AS allocation,
        sum(c.impressions) AS impressions,
        sum(c.clicks) AS clicks,
        sum(c.cost) AS cost
    FROM (SELECT *, formatDateTime(day, '%Y-%m') AS month FROM cost_allocation) AS c
    WHERE c.day BETWEEN {from:Date} AND {to:Date}
        AND {currency:String} IN ('', c.currency)
        AND {channel:String} IN ('', c.channel)
        AND {platform:String} IN ('', c.platform)
        AND {campaign:String} IN ('', c.campaign)
    GROUP BY part, currency, allocation
) AS a
ORDER BY invoice DESC, part, currency, indexOf(['keyword', 'campaign', 'none'], allocation)
