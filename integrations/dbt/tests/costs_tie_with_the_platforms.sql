-- In which currency do the months of keywords cost another sum than what the platforms reported? In none.
SELECT currency, sum(ours) AS in_months, sum(theirs) AS reported
FROM
(
    SELECT currency, cost AS ours, toDecimal128(0, 6) AS theirs FROM {{ ref('keyword_months') }}
    UNION ALL
    SELECT currency, toDecimal128(0, 6), cost FROM {{ source('leadtrace', 'ad_costs') }}
)
GROUP BY currency
HAVING in_months != reported
