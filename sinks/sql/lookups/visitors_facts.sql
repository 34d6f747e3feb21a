-- What a website told, until a time, of those whose facts these are: the facts that began the visits of a journey.
SELECT payload
FROM events FINAL
WHERE has(splitByChar('\n', {types:String}), type)
    AND received_at <= fromUnixTimestamp64Milli({known_at:Int64}, 'UTC')
    AND subject IN
    (
        SELECT subject
        FROM events
        WHERE event_id IN (SELECT toUUIDOrZero(arrayJoin(splitByChar('\n', {visits:String}))))
    )
