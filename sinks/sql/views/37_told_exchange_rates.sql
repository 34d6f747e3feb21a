-- What were currencies worth in one another, as files of rates say it, either way round.
-- Grain: one row per day and two currencies, once from each to the other; on days that a file names, and on no others.
CREATE OR REPLACE VIEW told_exchange_rates
(
    day Date COMMENT 'Day of the rate, as its source names it',
    currency String COMMENT 'ISO 4217 code of one currency',
    in_currency String COMMENT 'ISO 4217 code of the other one',
    rate Decimal(38, 18) COMMENT 'How many units of the other one a unit of the one is worth',
    is_told Bool COMMENT 'Whether a file says so itself; if not, it is the inverse of what a file says of the other way round'
)
AS SELECT
    day,
    pair.1 AS currency,
    pair.2 AS in_currency,
    argMax(
        if(
            pair.3,
            reported.rate,
            toDecimal128(divideDecimal(toDecimal256(1, 18), toDecimal256(reported.rate, 18), 18), 18)
        ),
        pair.3
    ) AS rate,
    max(pair.3) AS is_told
FROM exchange_rate_reports AS reported FINAL
ARRAY JOIN [
    (toString(reported.currency), toString(reported.in_currency), true),
    (toString(reported.in_currency), toString(reported.currency), false)
] AS pair
GROUP BY day, currency, in_currency
COMMENT 'What were currencies worth in one another, as files of rates say it, either way round'
