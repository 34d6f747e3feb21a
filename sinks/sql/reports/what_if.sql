-- What if a rate of the funnel were another: what would a won deal cost, and how many would be won at the same spend?
-- Cost per won deal is cost per impression divided by the product of all step rates; so each step counts as much as any
-- other, and twice its rate brings twice the deals. The rates are those of the data, as in funnel_steps, or your own.
-- change = : other rates, for example lead*2, won=0.3: so many times what it is, or this share
-- rates = : instead of those of the data: 0.1, 0.1, 0.2 in their order, or by name: click=0.1, lead=0.1, won=0.2
-- impressions = : with rates, how many the funnel begins with
-- cost = : what all that costs; by default what the ads cost
-- cost_per_impression = : or what one impression costs
-- mode = cohort | period: count on the day since which the person or the deal is known, or on that of each step
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- owner = : only this owner
-- region = : only this region
-- industry = : only this industry
-- currency = : one currency for all cost, by the rate of each day, for example CNY; empty: each in its own
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > number: which step it is, from 0, where the funnel begins
-- > steps: number of steps, that is of rates, from there to won
-- > step: impression, click, visit, visitor, lead, marketing_qualified, sales_qualified, opportunity, poc or won; of rates without names step_1, step_2 …
-- > count: how many come to the step
-- > changed_count: how many would come to it with the changed rates; in the last row, won deals at the same spend
-- > rate: share of the step before that comes to this one
-- > changed_rate: what the change makes of it
-- > cost_per: cost of all for each who comes to the step; in the last row, cost per won deal
-- > changed_cost_per: what the change makes of it
-- > currency: currency of the cost; (mixed) if there are several, empty if it was given
-- > won_if_doubled: how many deals would be won if the rate of this step alone were twice as high, at most 1
-- > cost_per_won_if_doubled: what a won deal would cost then
-- > note: what holds a rate back, or what is missing
SELECT
    [
        sum(counted.impressions), sum(clicks), sum(visits), sumIf(reached, step = 'visitor'), sumIf(reached, step = 'lead'),
        sumIf(reached, step = 'marketing_qualified'), sumIf(reached, step = 'sales_qualified'),
        sumIf(reached, step = 'opportunity'), sumIf(reached, step = 'poc'), sumIf(reached, step = 'won')
    ] AS counts,
    sumMapIf([currency], [spent], spent > 0) AS in_each,
    arraySort(arrayZip(in_each.1, in_each.2)) AS costs,
    {change:String} AS change,
    {rates:String} AS rates,
    {impressions:String} AS impressions,
    {cost:String} AS cost,
    {cost_per_impression:String} AS cost_per_impression
FROM
(
    SELECT
        step,
        impressions,
        clicks,
        visits,
        reached,
        {currency:String} NOT IN ('', c.currency) AND r.rate > 0 AS is_converted,
        if(is_converted, {currency:String}, c.currency) AS currency,
        if(
            is_converted,
            toDecimal128(round(toDecimal256(c.cost, 6) * toDecimal256(r.rate, 18), 6), 6),
            c.cost
        ) AS spent
    FROM
    (
        SELECT
            f.step AS step,
            if(f.step = 'ad', f.currency, '') AS currency,
            if(f.step = 'ad', f.day, toDate(0)) AS cost_day,
            sum(f.impressions) AS impressions,
            sum(f.clicks) AS clicks,
            sum(f.visits) AS visits,
            sum(f.reached) AS reached,
            sum(f.cost) AS cost
        FROM (SELECT *, day AS period_day FROM {{funnel_counts}}) AS f
        WHERE f.{mode:Identifier}_day BETWEEN {from:Date} AND {to:Date}
            -- Nobody comes before the day since which all that they do is counted.
            AND (f.step != 'visit' OR f.day >= {from:Date})
            -- Who gives rates asks nothing of the data.
            AND {rates:String} = ''
            AND {channel:String} IN ('', f.channel)
            AND {platform:String} IN ('', f.platform)
            AND {campaign:String} IN ('', f.campaign)
            AND {keyword:String} IN ('', f.keyword)
            AND {owner:String} IN ('', f.owner)
            AND {region:String} IN ('', f.region)
            AND {industry:String} IN ('', f.industry)
        GROUP BY step, currency, cost_day
    ) AS c
    LEFT JOIN exchange_rates_into(currency = {currency:String}) AS r
        ON c.cost_day = r.day AND c.currency = r.currency
) AS counted
