-- How the score of each lead went: on each day on which a step earned points; in between it falls by silence alone.
-- Grain: one row per lead and day on which a step of it earned points.
CREATE OR REPLACE VIEW score_history
(
    person String COMMENT 'Id of the person',
    day Date COMMENT 'Day in {{timezone}} at whose end it is the score',
    earned Int64 COMMENT 'Points that were earned on that day',
    score Float64 COMMENT 'The score: behaviour and fit, from 0 to the cap of the policy',
    behaviour Float64 COMMENT 'Points of behaviour: what silence left of them, each group up to its cap',
    fit Float64 COMMENT 'Points for what the CRM says now, at most their cap',
    grade String COMMENT 'Grade that marketing gives for the score, by the policy'
)
AS SELECT person, day, earned, score, behaviour, fit, grade
FROM score_moments(occasion = 'step', day = '')
COMMENT 'How the score of each lead went: on each day on which a step earned points; in between it falls by silence alone'
