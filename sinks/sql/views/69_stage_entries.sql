-- Each entry of a person or of a deal into a stage, once, however many people are on the deal.
-- Grain: one row per entry; machines are left out, and so are our own people. The base of stage_durations and stage_history.
-- Kept by: at
CREATE OR REPLACE VIEW stage_entries
(
    person String COMMENT 'Id of the person; empty for a stage of a deal',
    deal String COMMENT 'Identifier of the deal; empty for a stage of a person',
    place UInt32 COMMENT 'Place among the entries of the person or the deal, from 1, in order of time',
    stage String COMMENT 'Stage that was entered',
    rank UInt8 COMMENT 'Place of the stage in the funnel, from 1; 0 if it leaves the funnel',
    at DateTime64(3, 'UTC') COMMENT 'When it was entered',
    occurrence UInt32 COMMENT 'The how-many-eth entry into this stage it was',
    next_stage String COMMENT 'Stage that the person or the deal entered next; empty if none yet',
    next_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that was; NULL if none was entered yet',
    evidence String COMMENT 'Event id of the fact that says so',
    system String COMMENT 'System that said so',
    raw String COMMENT 'The stage in the words of that system',
    reason String COMMENT 'Reason given for the change'
)
AS SELECT
    person,
    deal,
    nth AS place,
    entry.1 AS stage,
    indexOf(
        ['visitor', 'lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won'], entry.1
    ) AS rank,
    entry.2 AS at,
    entry.3 AS occurrence,
    entries[nth + 1].1 AS next_stage,
    if(next_stage = '', NULL, entries[nth + 1].2) AS next_at,
    entry.4 AS evidence,
    entry.5 AS system,
    entry.6 AS raw,
    entry.7 AS reason
FROM
(
    SELECT person, '' AS deal, entries FROM {{counted_journeys}} WHERE NOT is_internal AND NOT is_bot
    UNION ALL
    SELECT
        '',
        deal,
        arrayZip(stages.stage, stages.at, stages.occurrence, stages.id, stages.system, stages.raw, stages.reason)
    FROM {{opportunities}}
)
ARRAY JOIN entries AS entry, arrayEnumerate(entries) AS nth
COMMENT 'Each entry of a person or of a deal into a stage, once, however many people are on the deal'
