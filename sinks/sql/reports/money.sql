-- What did it cost, what did it bring, and what is the cost of a won deal and of a customer?
-- All cost and all revenue stand in some row, so that the rows sum to the invoice and to the won deals: cost without a
-- keyword is (unallocated), revenue of deals that no touch came before is (none).
-- by = channel | platform | campaign | ad_group | keyword | month | week | total: what a part is; a week is told by its Monday
-- mode = period | cohort: count revenue on the day it was won, or on that since which the deal is known
-- model = first: by which model touches earn the revenue: first, last, last_non_direct, linear, position_40_20_40, u_40_40_20, u_50_50, w_shaped, full_path, time_decay, or one of the policy
-- currency = : one currency for all, by the rate of each day, for example CNY; empty: each in its own
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- limit = 50: number of rows
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > part: value of what was asked by
-- > impressions: how often ads were shown
-- > clicks: how often ads were clicked
-- > cost: cost of ads, in units of the currency
-- > won: deals that were won, as the model credits them
-- > customers: customers who gave their first deal, as the model credits that
-- > revenue: amount of the won deals in units of the currency, as the model credits it
-- > currency: currency of cost and revenue; empty if it is not known
-- > cac: cost for each won deal; empty without either, and where cost or won deals are in several currencies
-- > cost_per_customer: cost for each new customer, likewise
-- > roas: revenue for each unit of cost, which is what 投产比 and the ROI of Chinese ad platforms mean
-- > roi: what is left of the revenue after the cost, for each unit of cost: roas - 1
-- > note: why a row is not in the currency that was asked for
-- ~ bars: part; cost, revenue, won
SELECT
    part,
    impressions,
    clicks,
    cost,
    won,
    customers,
    revenue,
    if(won = 0 OR cost = 0 OR currencies > 1, NULL, toFloat64(cost) / toFloat64(won)) AS cac,
    if(customers = 0 OR cost = 0 OR currencies > 1, NULL, toFloat64(cost) / toFloat64(customers)) AS cost_per_customer,
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
        sum(f.customers) AS customers,
        sum(f.shown_revenue) AS revenue,
        countIf(cost > 0 OR won > 0) OVER (PARTITION BY part) AS currencies
    FROM
    (
        SELECT
            multiIf(
                h.{by:Identifier} != '', h.{by:Identifier},
                h.deal = '', '(unallocated)',
                '(none)'
            ) AS part,
            h.impressions AS impressions,
            h.clicks AS clicks,
            h.won AS won,
            h.customers AS customers,
            h.shown_currency AS shown_currency,
            h.shown_cost AS shown_cost,
            -- What is left of rounding goes to the first share, so that the shares of a deal are the deal.
            if(
                h.takes_rest AND h.is_converted,
                h.shared_revenue
                    + toDecimal128(round(toDecimal256(h.deal_revenue, 2) * toDecimal256(h.rate, 18), 2), 2)
                    - h.converted_revenue,
                h.shared_revenue
            ) AS shown_revenue,
            h.channel AS channel,
            h.platform AS platform,
            h.campaign AS campaign,
            h.keyword AS keyword
        FROM
        (
            SELECT
                g.*,
                r.rate AS rate,
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
                ) AS shared_revenue,
                if(g.deal = '', toDecimal128(0, 2), sum(shared_revenue) OVER (PARTITION BY g.deal)) AS converted_revenue
            FROM
            (
                SELECT
                    '' AS deal, false AS takes_rest, day, impressions, clicks, toDecimal128(0, 15) AS won,
                    toDecimal128(0, 15) AS customers, cost, toDecimal128(0, 2) AS revenue,
                    toDecimal128(0, 2) AS deal_revenue, currency, '(all)' AS total,
                    formatDateTime(day, '%Y-%m') AS month, toString(toMonday(day)) AS week, channel, platform, campaign,
                    ad_group, keyword
                FROM {{ad_costs}}
                WHERE day BETWEEN {from:Date} AND {to:Date}
                UNION ALL
                SELECT *
                FROM
                (
                    SELECT
                        deal, position = min(position) OVER (PARTITION BY deal), day, 0, 0, toDecimal128(weight, 15),
                        if(
                            deal = first_value(deal) OVER (
                                PARTITION BY if(account = '', deal, account) ORDER BY at, deal
                                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                            ),
                            toDecimal128(weight, 15), toDecimal128(0, 15)
                        ),
                        toDecimal128(0, 6), revenue, sum(revenue) OVER (PARTITION BY deal), currency, '(all)',
                        formatDateTime(if({mode:String} = 'cohort', cohort_day, day) AS counted_day, '%Y-%m'),
                        toString(toMonday(counted_day)),
                        channel, platform, campaign, ad_group, keyword
                    FROM {{attribution}}(
                        model = {model:String}, milestone = 'won', grain = 'deal', kinds = '',
                        lookback_days = toInt32(-1), half_life_days = ''
                    )
                    WHERE weight > 0
                    QUALIFY counted_day BETWEEN {from:Date} AND {to:Date}
                )
            ) AS g
            LEFT JOIN exchange_rates_into(currency = {currency:String}) AS r
                ON g.day = r.day AND g.currency = r.currency
        ) AS h
        WHERE {channel:String} IN ('', h.channel)
            AND {platform:String} IN ('', h.platform)
            AND {campaign:String} IN ('', h.campaign)
            AND {keyword:String} IN ('', h.keyword)
    ) AS f
    GROUP BY part, shown_currency
)
ORDER BY revenue DESC, won DESC, cost DESC, part, currency
LIMIT {limit:UInt32}
