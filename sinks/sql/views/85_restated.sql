-- What a report of leads by first touch showed at a time, and shows of that time today: restated(as_of='…').
-- Grain: one row per channel.
-- Both sides count as conversions does: who became a lead until as_of, under the first touch up to then.
CREATE OR REPLACE VIEW restated
(
    channel String COMMENT 'Channel of the first touch up to the conversion to a lead, as in conversions; (none) if none came before',
    leads_then UInt64 COMMENT 'Leads until as_of as they could be reported then',
    leads_now UInt64 COMMENT 'Leads until as_of as they are known today'
)
AS SELECT
    channel,
    countIf(seen = 'then') AS leads_then,
    countIf(seen = 'now') AS leads_now
FROM
(
    -- A view with a parameter does not hand on the names inside its tuples.
    SELECT 'then' AS seen, step.2 AS at, if(step.3 = 0, '(none)', touch_channel[step.3]) AS channel
    FROM counted_journeys_as_of(as_of = {as_of:String})
    ARRAY JOIN converted AS step
    WHERE step.1 = 'lead'
    UNION ALL
    SELECT 'now' AS seen, step.2 AS at, if(step.3 = 0, '(none)', touch_channel[step.3]) AS channel
    FROM counted_journeys
    ARRAY JOIN converted AS step
    WHERE step.1 = 'lead'
)
WHERE at <= toDateTime({as_of:String}, '{{timezone}}')
GROUP BY channel
COMMENT 'What a report of leads by first touch showed at as_of, a time in {{timezone}}, and shows of that time today'
