-- What gave a lead points: each touchpoint or follow-up that a rule of the policy gives any, before they decay.
-- Grain: one row per lead, step of its journey and rule; our own people are left out.
-- Kept by: person, day
-- The rules, their groups and points are those of the policy, [reports.scores]. Only touchpoints that count earn any.
CREATE OR REPLACE VIEW scored_steps
(
    person String COMMENT 'Id of the person',
    day Date COMMENT 'Day of the step in {{timezone}}',
    at DateTime64(3, 'UTC') COMMENT 'When it began',
    position UInt32 COMMENT 'Place on the journey, as in lead_touchpoints',
    rule String COMMENT 'Rule of the policy that gives the points',
    score_group String COMMENT 'Group of the rule, whose points have a cap',
    points Int64 COMMENT 'Points on the day itself',
    kind String COMMENT 'Kind of the step, as in lead_touchpoints',
    channel String COMMENT 'Channel; sales for a follow-up',
    content String COMMENT 'Content; of a follow-up, its category',
    landing_page String COMMENT 'First page, without protocol, query and fragment'
)
AS SELECT
    person,
    toDate(at, '{{timezone}}') AS day,
    at,
    position,
    rule.name AS rule,
    rule.score_group AS score_group,
    rule.points * multiIf(rule.for_each = 'page', toInt64(pages), rule.for_each = 'form', toInt64(forms), 1) AS points,
    kind,
    channel,
    content,
    page AS landing_page
FROM
(
    SELECT
        person, at, position, kind, channel, content, pages, forms,
        cutFragment(cutQueryString(replaceRegexpOne(landing_url, '^[a-z]+://', ''))) AS page
    FROM lead_touchpoints
    WHERE (is_counted OR kind = 'follow_up') AND person NOT IN (SELECT person FROM journeys FINAL WHERE is_internal)
) AS step
ARRAY JOIN CAST(
    {{reports.scores.rules}},
    'Array(Tuple(name String, score_group String, points Int64, kinds Array(String), channels Array(String), page String, content String, for_each String))'
) AS rule
WHERE (empty(rule.kinds) OR has(rule.kinds, kind))
    AND (empty(rule.channels) OR has(rule.channels, channel))
    AND (rule.page = '' OR match(page, concat('(?i)', rule.page)))
    AND (rule.content = '' OR match(content, concat('(?i)', rule.content)))
    AND points != 0
COMMENT 'What gave a lead points: each touchpoint or follow-up that a rule of the policy gives any, before they decay'
