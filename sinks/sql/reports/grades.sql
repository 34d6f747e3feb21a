-- Do marketing and sales grade leads alike, and how much more often than by chance?
-- from = 1970-01-01: first day of sales' newest grade
-- to = 2099-12-31: last day
-- owner = : only leads of this owner
-- > leads: leads with this pair of grades
-- > share: share of all leads of these days
-- > agreement: share of the leads with a known grade of sales whose two grades are the same
-- > kappa: Cohen's kappa: 1 if they always agree, 0 if no more often than by chance; NULL if chance alone would always do
-- ~ bars: marketing_grade, sales_grade; leads
WITH
    groupArrayIf((marketing_grade, sales_grade, toFloat64(leads)), known) OVER () AS pairs,
    arraySum(pair -> pair.3, pairs) AS of_known,
    arraySum(pair -> if(pair.1 = pair.2, pair.3, 0), pairs) / of_known AS observed,
    arraySum(
        pair -> arraySum(other -> if(pair.1 = other.2, pair.3 * other.3, 0), pairs), pairs
    ) / pow(of_known, 2) AS by_chance
SELECT
    marketing_grade,
    sales_grade,
    leads,
    round(leads / sum(leads) OVER (), 4) AS share,
    if(of_known = 0, NULL, round(observed, 4)) AS agreement,
    if(of_known = 0 OR by_chance = 1, NULL, round((observed - by_chance) / (1 - by_chance), 4)) AS kappa
FROM
(
    SELECT marketing_grade, sales_grade, count() AS leads, max(isNotNull(agrees)) AS known
    FROM grades
    WHERE day BETWEEN {from:Date} AND {to:Date} AND ({owner:String} = '' OR owner = {owner:String})
    GROUP BY marketing_grade, sales_grade
)
ORDER BY marketing_grade, sales_grade
