-- Which leads are worth waking: those that rest and came back by themselves, and good ones of whom nothing was heard for long?
-- why = all | came_back | silent: came_back: recycled or graded nurture, and touchpoints since; silent: a good grade, and nothing heard for the days of the policy ([reports.response])
-- from = 1970-01-01: first day on which the rest began
-- to = 2099-12-31: last day on which it began
-- owner = : only what this owner has
-- grade = : only this grade, by its meaning or in the words of sales
-- account = : only this account
-- region = : only this region
-- industry = : only this industry
-- limit = 50: number of rows
-- > wake_up: came_back or silent
-- > grade: what the newest grade of sales means
-- > days_silent: days since the last touchpoint, follow-up, grade or stage
SELECT
    person,
    company,
    owner,
    wake_up,
    stage,
    lead.grade AS grade,
    tags,
    rested_at,
    touches_since,
    last_touch_at,
    last_channel,
    last_content,
    last_follow_up_at,
    round(lead.days_silent, 1) AS days_silent
FROM resting_leads AS lead
WHERE wake_up != '' AND {why:String} IN ('all', wake_up)
    AND rested_day BETWEEN {from:Date} AND {to:Date}
    AND {owner:String} IN ('', owner)
    AND {grade:String} IN ('', lead.grade, grade_raw)
    AND {account:String} IN ('', account)
    AND {region:String} IN ('', region)
    AND {industry:String} IN ('', industry)
ORDER BY wake_up, touches_since DESC, days_silent DESC, person
LIMIT {limit:UInt32}
