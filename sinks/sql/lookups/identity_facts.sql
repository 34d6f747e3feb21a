-- What was said about who is who, as far as it names one of these identifiers, as it was, in order of time.
SELECT occurred_at, type, payload
FROM events FINAL
WHERE type IN ('identity_linked', 'identity_split', 'identity_blocked')
    AND hasAny(
        [
            JSONExtractString(payload, 'left'),
            JSONExtractString(payload, 'right'),
            JSONExtractString(payload, 'identifier')
        ],
        splitByChar('\n', {identifiers:String})
    )
ORDER BY occurred_at, event_id
LIMIT {most:UInt32}
