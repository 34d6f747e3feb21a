-- How many records could not be understood, by topic and reason, and what became of them.
SELECT
    topic, reason, countIf(state = 'waiting') AS waiting, countIf(state = 'redriven') AS redriven,
    countIf(state = 'kept') AS kept, max(failed_at) AS newest
FROM dead_letter_states
WHERE ({reasons:String} = '' OR has(splitByChar('\n', {reasons:String}), reason))
    AND ({topics:String} = '' OR has(splitByChar('\n', {topics:String}), topic))
    AND ({state:String} = '' OR state = {state:String})
    AND toUnixTimestamp64Milli(failed_at) >= {since:Int64}
GROUP BY topic, reason
ORDER BY waiting DESC, redriven + kept DESC, topic, reason
