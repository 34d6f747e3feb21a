-- How long people and deals stay in each stage, and where they go next.
-- Grain: one row per person and entry into a stage; a deal's stages are there for each person on it. Machines are left out, and so are our own people.
CREATE OR REPLACE VIEW stage_durations
(
    person String COMMENT 'Id of the person',
    deal String COMMENT 'Deal whose stage it is; empty for a stage of the person. Several people may be on one deal',
    stage String COMMENT 'Stage that was entered',
    occurrence UInt32 COMMENT 'The how-many-eth entry into this stage it was',
    entered_at DateTime64(3, 'UTC') COMMENT 'When it was entered',
    next_stage String COMMENT 'Stage that came next; empty if none did yet',
    left_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the next stage was entered; NULL if none was yet',
    days Nullable(Float64) COMMENT 'Days between the two; NULL if no next stage was entered yet'
)
AS SELECT
    person,
    of_deal AS deal,
    entered AS stage,
    nth AS occurrence,
    reached_at AS entered_at,
    leadInFrame(entered) OVER later AS next_stage,
    leadInFrame(toNullable(reached_at)) OVER later AS left_at,
    (toUnixTimestamp64Milli(left_at) - toUnixTimestamp64Milli(entered_at)) / 86400000 AS days
FROM
(
    SELECT person, entered, reached_at, nth, of_deal, place
    FROM journeys FINAL
    ARRAY JOIN
        stages.stage AS entered,
        stages.at AS reached_at,
        stages.occurrence AS nth,
        stages.deal AS of_deal,
        arrayEnumerate(stages.stage) AS place
    WHERE NOT is_internal AND NOT is_bot
)
WINDOW later AS (
    PARTITION BY person, of_deal ORDER BY place ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
)
COMMENT 'How long people and deals stay in each stage, and where they go next';
