-- The newest records that could not be understood, why, and what became of them.
SELECT topic, partition, offset, state, reason, error, attempts, recorded_at, failed_at, bytes, sent_to
FROM dead_letter_states
WHERE ({reasons:String} = '' OR has(splitByChar('\n', {reasons:String}), reason))
    AND ({topics:String} = '' OR has(splitByChar('\n', {topics:String}), topic))
    AND ({state:String} = '' OR state = {state:String})
    AND toUnixTimestamp64Milli(failed_at) >= {since:Int64}
ORDER BY failed_at DESC, topic, partition, offset
LIMIT {most:UInt32}
