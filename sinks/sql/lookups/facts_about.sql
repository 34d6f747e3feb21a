-- Every fact that was recorded under a key or has it in its content, as it was, in order of time.
SELECT occurred_at, type, payload
FROM events FINAL
WHERE subject = {key:String} OR position(payload, {quoted:String}) > 0
ORDER BY occurred_at, event_id
