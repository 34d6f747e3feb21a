-- What a report of leads by first touch showed at a time, and shows of that time today: restated(as_of='…').
-- Grain: one row per channel.
CREATE OR REPLACE VIEW restated
(
    channel String COMMENT 'Channel of the first touch, visits of machines left out; (none) without one',
    leads_then UInt64 COMMENT 'Leads as they could be reported at as_of',
    leads_now UInt64 COMMENT 'Leads until as_of as they are known today'
)
AS SELECT
    channel,
    countIf(seen = 'then') AS leads_then,
    countIf(seen = 'now') AS leads_now
FROM
(
    SELECT
        'then' AS seen,
        arrayFirst((candidate, bot) -> NOT bot, touchpoints.channel, touchpoints.is_bot) AS first_channel,
        if(first_channel = '', '(none)', first_channel) AS channel
    FROM journeys_as_of(as_of = {as_of:String})
    WHERE is_lead AND NOT is_internal
    UNION ALL
    SELECT
        'now' AS seen,
        arrayFirst((candidate, bot) -> NOT bot, touchpoints.channel, touchpoints.is_bot) AS first_channel,
        if(first_channel = '', '(none)', first_channel) AS channel
    FROM journeys FINAL
    WHERE is_lead AND NOT is_internal AND arrayFirst((reached_at, entered) -> entered = 'lead', stages.at, stages.stage)
        <= toDateTime({as_of:String}, '{{timezone}}')
)
GROUP BY channel
COMMENT 'What a report of leads by first touch showed at as_of, a time in {{timezone}}, and shows of that time today';
