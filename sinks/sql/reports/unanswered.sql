-- Which marketing qualified leads did sales leave without a follow-up for too long?
-- days = 5: allowed days between qualification and the first follow-up that answers, by the policy
-- limit = 50: number of rows
-- ~ bars: company, person; waited_days
SELECT
    person,
    company,
    owner,
    qualified_at,
    first_answer_at AS followed_up_at,
    round(days_waited, 1) AS waited_days
FROM mql_feedback
WHERE waited_days > {days:UInt32}
ORDER BY waited_days DESC, person
LIMIT {limit:UInt32}
