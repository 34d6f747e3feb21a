-- What a report of leads by first touch showed at a time, and shows of that time today: restated(as_of='…').
CREATE OR REPLACE VIEW restated
AS SELECT channel, countIf(seen = 'then') AS leads_then, countIf(seen = 'now') AS leads_now
FROM
(
    SELECT 'then' AS seen, if(empty(touchpoints.channel), '(none)', touchpoints.channel[1]) AS channel
    FROM journeys_as_of(as_of = {as_of:String})
    WHERE is_lead
    UNION ALL
    SELECT 'now' AS seen, if(empty(touchpoints.channel), '(none)', touchpoints.channel[1]) AS channel
    FROM journeys FINAL
    WHERE is_lead AND arrayFirst((reached_at, entered) -> entered = 'lead', stages.at, stages.stage)
        <= toDateTime({as_of:String}, '{{timezone}}')
)
GROUP BY channel
COMMENT 'What a report of leads by first touch showed at as_of, a time in {{timezone}}, and shows of that time today';
