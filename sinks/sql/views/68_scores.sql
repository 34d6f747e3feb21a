-- The score of each lead today: it rises with behaviour and falls with silence, by the points of the policy.
-- Grain: one row per lead. Of another day ask score_moments(occasion = 'asked', day = '2026-10-05').
CREATE OR REPLACE VIEW scores
(
    person String COMMENT 'Id of the person',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the lead in sales',
    day Date COMMENT 'Today in {{timezone}}, at whose end it is the score',
    score Float64 COMMENT 'The score: behaviour and fit, from 0 to the cap of the policy',
    behaviour Float64 COMMENT 'Points of behaviour: what silence left of them, each group up to its cap',
    fit Float64 COMMENT 'Points for what the CRM says, at most their cap',
    grade String COMMENT 'Grade that marketing gives for the score, by the policy',
    active_day Nullable(Date) COMMENT 'Last day on which a step earned points; NULL if there is none',
    silent_days Nullable(Int64) COMMENT 'Days since that; NULL if there is none'
)
AS SELECT
    moment.person AS person,
    lead.company AS company,
    lead.owner AS owner,
    moment.day AS day,
    moment.score AS score,
    moment.behaviour AS behaviour,
    moment.fit AS fit,
    moment.grade AS grade,
    moment.active_day AS active_day,
    moment.silent_days AS silent_days
FROM score_moments(occasion = 'asked', day = '') AS moment
INNER JOIN sales_grades AS lead ON moment.person = lead.person
COMMENT 'The score of each lead today: it rises with behaviour and falls with silence, by the points of the policy'
