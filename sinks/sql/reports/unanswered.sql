-- Which marketing qualified leads did sales leave without a follow-up for too long?
-- days = 5: allowed days between qualification and the first follow-up that answers, by the policy
-- limit = 50: number of rows
SELECT
    person,
    company,
    owner,
    qualified_at,
    nullIf(first_answer, toDateTime64(0, 3, 'UTC')) AS followed_up_at,
    round((toUnixTimestamp64Milli(ifNull(followed_up_at, now64(3, 'UTC'))) - toUnixTimestamp64Milli(qualified_at)) / 86400000, 1)
        AS waited_days
FROM
(
    SELECT
        person,
        company,
        owner,
        arrayFirst((reached_at, entered) -> entered = 'marketing_qualified', stages.at, stages.stage) AS qualified_at,
        arraySort(arrayFilter(
            (answered_at, answers) -> answers AND answered_at >= qualified_at, follow_ups.at, follow_ups.is_answer
        ))[1] AS first_answer
    FROM journeys FINAL
    WHERE has(stages.stage, 'marketing_qualified') AND NOT is_internal
)
WHERE waited_days > {days:UInt32}
ORDER BY waited_days DESC, person
LIMIT {limit:UInt32}
