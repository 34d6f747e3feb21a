-- What was each currency worth on each day in one that you name, exchange_rates_into(currency='USD').
-- Grain: one row per day and other currency that has a rate.
-- Both go through the company's own currency, so that sums in any currency tell the same. To convert, join by day and
-- currency; what is in the named currency already stays as it is, with or without a rate.
CREATE OR REPLACE VIEW exchange_rates_into
(
    day Date COMMENT 'Day on which the rate counts',
    currency String COMMENT 'ISO 4217 code of the currency',
    rate Decimal(38, 18) COMMENT 'How many units of the named currency one unit of it is worth',
    rate_day Date COMMENT 'Day of the rate; that of the older, if it is made of two'
)
AS SELECT
    day,
    each.1 AS currency,
    toDecimal128(divideDecimal(toDecimal256(each.2, 18), toDecimal256(named.2, 18), 18), 18) AS rate,
    least(each.3, named.3) AS rate_day
FROM
(
    SELECT
        day,
        groupArray((exchange_rates.currency, exchange_rates.rate, exchange_rates.rate_day)) AS known,
        -- The own currency is always worth itself.
        arrayPushBack(known, ({{reports.money.currency}}, toDecimal128(1, 18), day)) AS all_known,
        arrayFirst(told -> told.1 = {currency:String}, all_known) AS named
    FROM exchange_rates
    GROUP BY day
)
ARRAY JOIN all_known AS each
WHERE named.2 > 0 AND each.1 != {currency:String}
    -- In a query of its own, so that it is said even where no rate is known at all.
    AND 0 = (
        SELECT throwIf(
            {currency:String} NOT IN ('', {{reports.money.currency}})
                AND 0 = (SELECT count() FROM told_exchange_rates WHERE currency = {currency:String}),
            concat(
                'no exchange rate of ', {currency:String},
                ' is known: import some with leadtrace import rates, or ask for each currency by itself'
            )
        )
    )
COMMENT 'What was each currency worth on each day in one that you name, exchange_rates_into(currency=''USD'')'
