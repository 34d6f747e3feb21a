-- In which currency do the keywords with a name earn another sum than the deals that they touched first? In none.
SELECT currency, sum(ours) AS in_months, sum(theirs) AS of_deals
FROM
(
    SELECT currency, revenue AS ours, toDecimal128(0, 2) AS theirs
    FROM {{ ref('keyword_months') }}
    WHERE keyword != '(unallocated)'
    UNION ALL
    SELECT currency, toDecimal128(0, 2), revenue
    FROM {{ source('leadtrace', 'conversions') }}
    WHERE conversion = 'won' AND first_keyword NOT IN ('', '(unallocated)')
)
GROUP BY currency
HAVING in_months != of_deals
