-- What is a customer worth compared with what it cost to win it (LTV : CAC), and after how long has it earned that back?
-- A customer belongs to the touch of its first deal and to the day since which that deal's people are known; cost to the
-- day of the ads. Nothing else than the cost of ads is known: no salaries, no fairs. What customers who are still young will
-- bring isn't known either, so that both numbers grow with the age of a cohort.
-- by = channel | platform | campaign | month | total: what a part is
-- model = first | last: which touch brought a customer
-- currency = : one currency for all, by the rate of each day, for example CNY; empty: each in its own
-- from = 1970-01-01: first day, of ads and since which customers are known
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- > part: value of what was asked by; by month: that since which the customers are known
-- > customers: customers who were won
-- > cost_per_customer: cost for each of them, the CAC of LTV : CAC; none without cost
-- > revenue: all that these customers brought so far
-- > revenue_per_customer: that for each of them
-- > ltv: what a customer is worth, by the policy: see ltv_by
-- > ltv_by: how: the gross margin, times the revenue so far (observed) or that of the first 365 days times the years
-- > ltv_to_cac: ltv for each unit of cost_per_customer; from 3 on it is healthy, so goes the rule
-- > verdict: whether it is at least 3
-- > payback_months: full months after which the margin of their revenue had earned back all cost of the part, since each was known; none if it hasn't yet
-- > note: why a row is not in the currency that was asked for
-- ~ bars: part; cost_per_customer, ltv, payback_months
SELECT
    part,
    cost,
    customers,
    if(cost = 0 OR customers = 0 OR currencies > 1, NULL, toFloat64(cost) / customers) AS cost_per_customer,
    revenue,
    if(customers = 0 OR currencies > 1, NULL, toFloat64(revenue) / customers) AS revenue_per_customer,
    if(
        isNull(revenue_per_customer),
        NULL,
        policy.1 * if(policy.2 > 0, toFloat64(first_year_revenue) / customers * policy.2, revenue_per_customer)
    ) AS ltv,
    concat(
        toString(policy.1), ' × ',
        if(policy.2 > 0, concat('first 365 days × ', toString(policy.2), ' years'), 'observed revenue')
    ) AS ltv_by,
    ltv / cost_per_customer AS ltv_to_cac,
    multiIf(isNull(ltv_to_cac), '', ltv_to_cac >= 3, 'at least 3', 'below 3') AS verdict,
    if(cost = 0 OR currencies > 1, NULL, if(back = 0, NULL, toNullable(ages[back]))) AS payback_months,
    shown_currency AS currency,
    multiIf(
        {currency:String} IN ('', currency), '',
        currency = '', 'currency not known',
        'currency without a rate'
    ) AS note
FROM
(
    SELECT
        part,
        shown_currency,
        sum(f.shown_cost) AS cost,
        sum(f.new_customers) AS customers,
        sum(f.shown_revenue) AS revenue,
        sumIf(f.shown_revenue, f.day <= f.won_day + 365) AS first_year_revenue,
        arraySort(groupArrayIf((f.age, f.shown_revenue), f.kind = 'revenue')) AS earned,
        earned.1 AS ages,
        (SELECT (gross_margin, lifetime_years) FROM money_policy) AS policy,
        arrayFirstIndex(sum -> toFloat64(sum) * policy.1 >= toFloat64(cost), arrayCumSum(earned.2)) AS back,
        count() OVER (PARTITION BY part) AS currencies
    FROM
    (
        SELECT
            multiIf(h.{by:Identifier} != '', h.{by:Identifier}, h.kind = 'cost', '(unallocated)', '(none)') AS part,
            h.kind AS kind,
            h.day AS day,
            h.won_day AS won_day,
            h.new_customers AS new_customers,
            greatest(0, age('month', h.known_day, h.day)) AS age,
            {currency:String} NOT IN ('', h.currency) AND r.rate > 0 AS is_converted,
            if(is_converted, {currency:String}, h.currency) AS shown_currency,
            if(
                is_converted,
                toDecimal128(round(toDecimal256(h.cost, 6) * toDecimal256(r.rate, 18), 6), 6),
                h.cost
            ) AS shown_cost,
            if(
                is_converted,
                toDecimal128(round(toDecimal256(h.revenue, 2) * toDecimal256(r.rate, 18), 2), 2),
                h.revenue
            ) AS shown_revenue
        FROM
        (
            SELECT
                kind, day, cost, toDecimal128(0, 2) AS revenue, currency, new_customers, '(all)' AS total,
                day AS known_day, day AS won_day, formatDateTime(day, '%Y-%m') AS month,
                first_channel AS channel, first_platform AS platform, first_campaign AS campaign
            FROM money_flows
            WHERE kind = 'cost'
            UNION ALL
            -- Every deal of a customer has what brought the first one.
            SELECT
                kind, day, cost, revenue, currency, new_customers, '(all)',
                anyIf(cohort_day, new_customers = 1) OVER of_customer AS known_day,
                anyIf(day, new_customers = 1) OVER of_customer,
                formatDateTime(known_day, '%Y-%m'),
                anyIf(if({model:String} = 'last', last_channel, first_channel), new_customers = 1) OVER of_customer,
                anyIf(if({model:String} = 'last', last_platform, first_platform), new_customers = 1) OVER of_customer,
                anyIf(if({model:String} = 'last', last_campaign, first_campaign), new_customers = 1) OVER of_customer
            FROM money_flows
            WHERE kind = 'revenue'
            WINDOW of_customer AS (PARTITION BY customer)
        ) AS h
        LEFT JOIN exchange_rates_into(currency = {currency:String}) AS r ON h.day = r.day AND h.currency = r.currency
        WHERE h.known_day BETWEEN {from:Date} AND {to:Date}
            AND {channel:String} IN ('', h.channel)
            AND {platform:String} IN ('', h.platform)
            AND {campaign:String} IN ('', h.campaign)
    ) AS f
    GROUP BY part, shown_currency
)
ORDER BY revenue DESC, cost DESC, part, currency
