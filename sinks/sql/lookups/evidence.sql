-- Where facts come from: what each of these ids is, who recorded it, when it happened and when it was received.
SELECT toString(event_id) AS id, type, source, occurred_at, received_at
FROM events FINAL
PREWHERE event_id IN (SELECT toUUIDOrZero(arrayJoin(splitByChar('\n', {ids:String}))))
ORDER BY id
