-- Which leads rest, since when and why, and which of them are worth waking: they came back, or are good and silent.
-- Grain: one row per lead that stands recycled, or that sales graded nurture or as one of the good grades, and that is on no deal which is open or won.
-- Who is disqualified, lost or won does not rest. A lead that was recycled, and then entered another stage, does not either.
-- Kept by: rested_day, person
CREATE OR REPLACE VIEW resting_leads
(
    person String COMMENT 'Id of the person',
    account String COMMENT 'Account of the person',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the lead in sales',
    region String COMMENT 'Region of the person; empty if none is told',
    industry String COMMENT 'Industry of the person; empty if none is told',
    stage String COMMENT 'Stage that the lead stands in',
    is_recycled Bool COMMENT 'Whether it stands recycled',
    times_recycled UInt64 COMMENT 'How often it was recycled',
    reason String COMMENT 'Reason that the CRM gave when it was recycled last; empty if it gave none, or never',
    grade String COMMENT 'What the newest grade means; empty without one, or if the policy does not know it',
    grade_raw String COMMENT 'Newest grade in the words of sales',
    tags String COMMENT 'What the tags mean, with commas between them',
    rested_at DateTime64(3, 'UTC') COMMENT 'Since when it rests: since it was recycled last; otherwise since it was graded',
    rested_day Date COMMENT 'Day of that in {{timezone}}',
    touches_since UInt64 COMMENT 'Touchpoints since then that count: what woke by itself',
    last_touch_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the last touchpoint began; NULL if there is none',
    last_channel String COMMENT 'Channel of the last touchpoint; (none) without one',
    last_content String COMMENT 'Content of the last touchpoint',
    last_follow_up_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last follow-up by sales; NULL if there is none',
    silent_since DateTime64(3, 'UTC') COMMENT 'Last touchpoint, follow-up, grade or stage, whichever came last',
    days_silent Float64 COMMENT 'Days since then, until now',
    wake_up String COMMENT 'Why it is worth waking: came_back if it rests and there are touchpoints since; silent if the grade is good, and nothing was heard for the days of the policy; empty otherwise'
)
AS WITH
    toDateTime64(0, 3, 'UTC') AS unknown,
    counted.entries[-1] AS stands,
    arrayLast(entry -> entry.stage = 'recycled', counted.entries) AS recycled,
    told.canonical_grade = 'nurture' AS is_nurtured,
    has(CAST({{reports.response.good_grades}}, 'Array(String)'), told.canonical_grade) AS is_good
SELECT
    told.person AS person,
    of_account.account AS account,
    told.company AS company,
    told.owner AS owner,
    belongs.region AS region,
    belongs.industry AS industry,
    stands.stage AS stage,
    toBool(stage = 'recycled') AS is_recycled,
    arrayCount(entry -> entry.stage = 'recycled', counted.entries) AS times_recycled,
    recycled.reason AS reason,
    told.canonical_grade AS grade,
    told.grade AS grade_raw,
    arrayStringConcat(told.canonical_tags, ', ') AS tags,
    if(is_recycled, stands.at, ifNull(told.graded_at, stands.at)) AS rested_at,
    toDate(rested_at, '{{timezone}}') AS rested_day,
    arrayCount(touched_at -> touched_at > rested_at, counted.touch_at) AS touches_since,
    nullIf(counted.touch_at[-1], unknown) AS last_touch_at,
    if(empty(counted.touch_at), '(none)', counted.touch_channel[-1]) AS last_channel,
    counted.touch_content[-1] AS last_content,
    nullIf(told.last_answer_at, unknown) AS last_follow_up_at,
    greatest(counted.touch_at[-1], told.last_answer_at, ifNull(told.graded_at, unknown), stands.at) AS silent_since,
    (toUnixTimestamp64Milli(now64(3, 'UTC')) - toUnixTimestamp64Milli(silent_since)) / 86400000 AS days_silent,
    multiIf(
        (is_recycled OR is_nurtured) AND touches_since > 0, 'came_back',
        is_good AND days_silent > {{reports.response.silent_days}}, 'silent',
        ''
    ) AS wake_up
FROM
(
    SELECT
        person, company, owner, grade, canonical_grade, canonical_tags, graded_at,
        follow_ups.at[-1] AS last_answer_at
    FROM journeys FINAL
    WHERE is_lead AND NOT is_internal
) AS told
INNER JOIN counted_journeys AS counted ON told.person = counted.person
LEFT JOIN person_accounts AS of_account ON told.person = of_account.person
LEFT JOIN person_attributes AS belongs ON told.person = belongs.person
WHERE stands.stage NOT IN ('disqualified', 'lost', 'won')
    AND (stands.stage = 'recycled' OR is_nurtured OR is_good)
    AND told.person NOT IN
    (
        SELECT deal_people.person
        FROM deal_people
        INNER JOIN (SELECT deal FROM opportunities FINAL WHERE stage NOT IN ('lost', 'recycled', 'disqualified')) AS busy
            ON deal_people.deal = busy.deal
    )
COMMENT 'Which leads rest, since when and why, and which of them are worth waking: they came back, or are good and silent'
