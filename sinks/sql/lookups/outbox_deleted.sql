-- Tokens of addresses and numbers that records of a CRM told which are deleted by now, and when the newest was (Millis).
SELECT arrayJoin(JSONExtract(told.payload, 'others', 'Array(String)')) AS identifier, max(deleted.at) AS at
FROM (SELECT subject, payload FROM events FINAL PREWHERE type = 'lead_recorded') AS told
INNER JOIN
(
    SELECT subject, max(toUnixTimestamp64Milli(received_at)) AS at
    FROM events FINAL
    PREWHERE type = 'deletion_recorded'
    GROUP BY subject
    HAVING argMax(
        JSONExtractBool(payload, 'deleted') AND JSONExtractString(payload, 'merged_into') = '', (occurred_at, event_id)
    )
) AS deleted ON told.subject = deleted.subject
GROUP BY identifier
HAVING startsWith(identifier, 'email:') OR startsWith(identifier, 'phone:')
