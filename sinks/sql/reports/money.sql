-- What did it cost, what did it bring, and what is the cost of a won deal and of a customer?
-- All cost and all revenue stand in some row, so that the rows sum to the invoice and to the won deals: cost without a
-- keyword is (unallocated), revenue of deals that no touch came before is (none).
-- by = channel | platform | campaign | ad_group | keyword | month | total: what a part is
-- mode = period | cohort: count revenue on the day it was won, or on that since which the deal is known
-- model = first | last: which touch earns the revenue
-- currency = : one currency for all, by the rate of each day, for example CNY; empty: each in its own
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- limit = 50: number of rows
-- > part: value of what was asked by
-- > customers: customers whose first deal this was
-- > cac: cost for each won deal; none where no cost is known, or where a part has several currencies
-- > cost_per_customer: cost for each new customer, likewise
-- > roas: revenue for each unit of cost, which is what 投产比 and the ROI of Chinese ad platforms mean
-- > roi: what is left of the revenue after the cost, for each unit of cost: roas - 1
-- > note: why a row is not in the currency that was asked for
-- ~ bars: part, currency; cost, revenue, won
SELECT
    part,
    impressions,
    clicks,
    cost,
    won,
    customers,
    revenue,
    if(won = 0 OR cost = 0 OR currencies > 1, NULL, toFloat64(cost) / won) AS cac,
    if(customers = 0 OR cost = 0 OR currencies > 1, NULL, toFloat64(cost) / customers) AS cost_per_customer,
    if(cost = 0 OR currencies > 1, NULL, toFloat64(revenue) / toFloat64(cost)) AS roas,
    if(cost = 0 OR currencies > 1, NULL, (toFloat64(revenue) - toFloat64(cost)) / toFloat64(cost)) AS roi,
    shown_currency AS currency,
    multiIf(
        {currency:String} IN ('', shown_currency), '',
        shown_currency = '', 'currency not known',
        'currency without a rate'
    ) AS note
FROM
(
    SELECT
        part,
        shown_currency,
        sum(f.impressions) AS impressions,
        sum(f.clicks) AS clicks,
        sum(f.shown_cost) AS cost,
        sum(f.won) AS won,
        sum(f.new_customers) AS customers,
        sum(f.shown_revenue) AS revenue,
        count() OVER (PARTITION BY part) AS currencies
    FROM
    (
        SELECT
            multiIf(
                g.{by:Identifier} != '', g.{by:Identifier},
                g.kind = 'cost', '(unallocated)',
                '(none)'
            ) AS part,
            g.impressions AS impressions,
            g.clicks AS clicks,
            g.won AS won,
            g.new_customers AS new_customers,
            {currency:String} NOT IN ('', g.currency) AND r.rate > 0 AS is_converted,
            if(is_converted, {currency:String}, g.currency) AS shown_currency,
            if(
                is_converted,
                toDecimal128(round(toDecimal256(g.cost, 6) * toDecimal256(r.rate, 18), 6), 6),
                g.cost
            ) AS shown_cost,
            if(
                is_converted,
                toDecimal128(round(toDecimal256(g.revenue, 2) * toDecimal256(r.rate, 18), 2), 2),
                g.revenue
            ) AS shown_revenue
        FROM
        (
            SELECT
                kind, day, cohort_day AS known_day, impressions, clicks, won, new_customers, cost, revenue, currency,
                '(all)' AS total,
                if({mode:String} = 'cohort', cohort_day, day) AS counted_day,
                formatDateTime(counted_day, '%Y-%m') AS month,
                if({model:String} = 'last', last_channel, first_channel) AS channel,
                if({model:String} = 'last', last_platform, first_platform) AS platform,
                if({model:String} = 'last', last_campaign, first_campaign) AS campaign,
                if({model:String} = 'last', last_ad_group, first_ad_group) AS ad_group,
                if({model:String} = 'last', last_keyword, first_keyword) AS keyword
            FROM money_flows
            WHERE if({mode:String} = 'cohort', cohort_day, day) BETWEEN {from:Date} AND {to:Date}
        ) AS g
        LEFT JOIN exchange_rates_into(currency = {currency:String}) AS r ON g.day = r.day AND g.currency = r.currency
        WHERE {channel:String} IN ('', g.channel)
            AND {platform:String} IN ('', g.platform)
            AND {campaign:String} IN ('', g.campaign)
            AND {keyword:String} IN ('', g.keyword)
    ) AS f
    GROUP BY part, shown_currency
)
ORDER BY revenue DESC, won DESC, cost DESC, part, currency
LIMIT {limit:UInt32}
