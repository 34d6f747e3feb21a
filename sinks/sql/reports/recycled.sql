-- Which leads went back to marketing, why, and which of them have shown up again since?
-- from = 1970-01-01: first day on which the rest began
-- to = 2099-12-31: last day on which it began
-- owner = : only what this owner has
-- grade = : only this grade, by its meaning or in the words of sales
-- account = : only this account
-- region = : only this region
-- industry = : only this industry
-- limit = 50: number of rows
-- > recycled_at: when the lead was recycled last, and nothing has followed
-- > grade: what the newest grade of sales means; if the policy does not know it, the grade in the words of sales
SELECT
    person,
    company,
    owner,
    rested_at AS recycled_at,
    reason,
    times_recycled,
    if(lead.grade = '', grade_raw, lead.grade) AS grade,
    tags,
    touches_since,
    last_touch_at,
    last_channel,
    last_content
FROM resting_leads AS lead
WHERE is_recycled
    AND rested_day BETWEEN {from:Date} AND {to:Date}
    AND {owner:String} IN ('', owner)
    AND {grade:String} IN ('', lead.grade, grade_raw)
    AND {account:String} IN ('', account)
    AND {region:String} IN ('', region)
    AND {industry:String} IN ('', industry)
ORDER BY touches_since DESC, recycled_at DESC, person
LIMIT {limit:UInt32}
