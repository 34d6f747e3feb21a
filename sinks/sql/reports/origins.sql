-- What did marketing, sales by themselves, executives and partners bring?
-- Each deal has one origin, by the view deal_origins. Words that the policy does not know are a row of their own.
-- mode = period | cohort: count on the day something happened, or on that since which the deal is known
-- currency = : one currency for all, by the rate of the day on which a deal was won; empty: each in its own
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- owner = : only deals of this owner
-- region = : only deals of this region
-- industry = : only deals of this industry
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > opportunities: deals opened
-- > pocs: deals that came to a proof of concept
-- > won: deals won
-- > win_rate: deals won as a share of deals opened
-- > words: what decided, in the words of the CRM, the most frequent first
-- > note: why a row is not in the currency that was asked for
-- ~ bars: origin; revenue, won
SELECT
    origin,
    countIf(conversion = 'opportunity') AS opportunities,
    countIf(conversion = 'poc') AS pocs,
    countIf(conversion = 'won') AS won,
    if(opportunities = 0 OR {mode:String} = 'period', NULL, toFloat64(won) / opportunities) AS win_rate,
    sum(shown_revenue) AS revenue,
    shown_currency AS currency,
    arrayStringConcat(
        arraySlice(arrayMap(
            each -> concat(each.1, ' ', toString(each.2)),
            arraySort(
                each -> (-toInt64(each.2), each.1),
                arrayZip(sumMapIf([word], [toUInt64(1)], conversion = 'opportunity' AND word != '').1 AS said,
                    sumMapIf([word], [toUInt64(1)], conversion = 'opportunity' AND word != '').2)
            )
        ), 1, 8),
        ', '
    ) AS words,
    multiIf(
        {currency:String} IN ('', currency), '',
        currency = '', 'currency not known',
        'currency without a rate'
    ) AS note
FROM
(
    SELECT
        origins.origin AS origin,
        origins.word AS word,
        c.conversion AS conversion,
        -- A deal stands in one currency, from its opening on: that in which it was won.
        {currency:String} != '' AND ({currency:String} = c.currency OR r.rate > 0 OR c.won_revenue = 0) AS is_converted,
        if(is_converted, {currency:String}, c.currency) AS shown_currency,
        if(
            is_converted AND c.currency != {currency:String},
            toDecimal128(round(toDecimal256(c.revenue, 2) * toDecimal256(r.rate, 18), 2), 2),
            c.revenue
        ) AS shown_revenue
    FROM
    (
        SELECT
            deal, conversion, revenue, currency, if({mode:String} = 'cohort', cohort_day, day) AS counted_day,
            maxIf(day, conversion = 'won') OVER (PARTITION BY deal) AS won_day,
            max(revenue) OVER (PARTITION BY deal) AS won_revenue
        FROM {{conversions}}
        WHERE deal != ''
    ) AS c
    INNER JOIN {{deal_origins}} AS origins ON c.deal = origins.deal
    INNER JOIN (SELECT deal, owner, region, industry FROM {{deals}}) AS d ON c.deal = d.deal
    LEFT JOIN exchange_rates_into(currency = {currency:String}) AS r ON c.won_day = r.day AND c.currency = r.currency
    WHERE counted_day BETWEEN {from:Date} AND {to:Date}
        AND {owner:String} IN ('', d.owner)
        AND {region:String} IN ('', d.region)
        AND {industry:String} IN ('', d.industry)
)
GROUP BY origin, shown_currency
ORDER BY revenue DESC, opportunities DESC, origin, currency
