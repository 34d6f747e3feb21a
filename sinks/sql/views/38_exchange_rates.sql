-- What was each currency worth on each day, in the company's own currency.
-- Grain: one row per day and currency that has a rate; none for the company's own, which is {{reports.money.currency}}.
-- Kept by: day, currency
-- A rate counts on its day and, until the next one is told, on {{reports.money.max_rate_age_days}} days after it, over weekends and
-- holidays. Whatever has no row has no rate: nothing older counts, and nothing is guessed.
-- A pair that is told the other way round alone is turned round; what is told in other currencies alone goes through
-- one of them, that whose rates are newest. There are rows from the first cost or the first deal on.
-- For money in another currency than the own, read exchange_rates_into.
CREATE OR REPLACE VIEW exchange_rates
(
    day Date COMMENT 'Day on which the rate counts',
    currency String COMMENT 'ISO 4217 code of the currency',
    rate Decimal(38, 18) COMMENT 'How many units of the company''s own currency one unit of it is worth',
    rate_day Date COMMENT 'Day of the rate; through another currency, that of the older of both',
    via String COMMENT 'Currency that it was reckoned through; empty if the pair itself is told'
)
AS WITH
    spread AS
    (
        SELECT
            told.currency AS currency,
            told.in_currency AS in_currency,
            told.rate AS rate,
            told.day AS rate_day,
            rate_day + arrayJoin(range(least(
                toUInt32(leadInFrame(told.day, 1, told.day + {{reports.money.max_rate_age_days}} + 1) OVER (
                    PARTITION BY told.currency, told.in_currency ORDER BY told.day
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - told.day),
                {{reports.money.max_rate_age_days}} + 1
            ))) AS day
        FROM told_exchange_rates AS told
        -- A bank tells of decades; before the first cost and the first deal there is nothing to convert.
        WHERE told.day + {{reports.money.max_rate_age_days}} >=
        (
            SELECT ifNull(min(first_day), toDate(0))
            FROM
            (
                SELECT minOrNull(day) AS first_day FROM ad_costs
                UNION ALL
                SELECT minOrNull(toDate(opened_at, '{{timezone}}')) FROM deals
            )
        )
    ),
    direct AS (SELECT day, currency, rate, rate_day FROM spread WHERE in_currency = {{reports.money.currency}})
SELECT day, currency, rate, rate_day, via
FROM
(
    SELECT day, currency, rate, rate_day, '' AS via FROM direct
    UNION ALL
    SELECT
        leg.day,
        leg.currency,
        toDecimal128(round(toDecimal256(leg.rate, 18) * toDecimal256(direct.rate, 18), 18), 18),
        least(leg.rate_day, direct.rate_day),
        leg.in_currency
    FROM spread AS leg
    INNER JOIN direct ON leg.in_currency = direct.currency AND leg.day = direct.day
    WHERE leg.currency != {{reports.money.currency}}
)
ORDER BY day, currency, via != '', rate_day DESC, via
LIMIT 1 BY day, currency
COMMENT 'What was each currency worth on each day, in the company''s own currency'
