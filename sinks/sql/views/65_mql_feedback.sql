-- What became of each marketing qualified lead: its source, how long it waited for sales, and what sales found.
-- Grain: one row per person who became marketing qualified, at the first entry into that stage.
-- Kept by: day, person
-- Asks which keyword brings leads that sales finds invalid, and why. The source is the first touchpoint up to the
-- qualification, as in the view conversions. Which follow-ups answer a lead is said by the policy. Words of sales that
-- the policy does not know stand in grade_raw and tags_raw only, and in data_quality.
CREATE OR REPLACE VIEW mql_feedback
(
    person String COMMENT 'Id of the person',
    crm String COMMENT 'Smallest CRM identifier; empty if the CRM does not know the lead',
    account String COMMENT 'Account: account:<system>:<id> in the CRM, else the domain of the company, as in persons',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the lead in sales',
    qualified_at DateTime64(3, 'UTC') COMMENT 'When the lead became marketing qualified for the first time',
    day Date COMMENT 'Day of that in {{timezone}}',
    channel String COMMENT 'Channel of the first touchpoint; (none) if none came before',
    platform String COMMENT 'Ad platform of the first touchpoint',
    source String COMMENT 'Source of the first touchpoint',
    medium String COMMENT 'Medium of the first touchpoint',
    campaign String COMMENT 'Campaign of the first touchpoint',
    ad_group String COMMENT 'Ad group of the first touchpoint',
    keyword String COMMENT 'Keyword of the first touchpoint',
    content String COMMENT 'Content of the first touchpoint',
    first_answer_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First follow-up since then that answers the lead; NULL if none did yet',
    days_waited Float64 COMMENT 'Days from the qualification to the first answer; without one, until now',
    answers UInt64 COMMENT 'Number of follow-ups since then that answer the lead',
    follow_ups UInt64 COMMENT 'Number of all follow-ups since then, verdicts and notes too',
    grade String COMMENT 'What the newest grade means: invalid, nurture, interested, convertible or cooperating; empty without one, or if the policy does not know it',
    grade_raw String COMMENT 'Newest grade in the words of sales',
    graded_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was given; NULL without one',
    tags String COMMENT 'What the tags mean, for example no_budget, with commas between them',
    tags_raw String COMMENT 'Tags in the words of sales, with commas between them',
    reason String COMMENT 'Reason that the CRM gave when the lead was last disqualified, recycled or lost since then',
    is_unanswered Bool COMMENT 'Whether nothing has answered it yet, and it has waited longer than the policy lets it, as response_limits says',
    is_sales_qualified Bool COMMENT 'Whether the lead became sales qualified afterwards',
    is_opportunity Bool COMMENT 'Whether the lead, or a deal with it, became an opportunity afterwards',
    is_won Bool COMMENT 'Whether the lead, or a deal with it, was won afterwards; a deal that was opened again counts as it stands'
)
AS WITH
    arrayFilter(each -> each.1 >= qualified_at, told) AS since,
    arraySort(arrayMap(each -> each.1, arrayFilter(each -> each.2, since))) AS answered,
    -- Steps of the person and of each deal with it, in order of time: when, which, why, and whether it stands.
    arraySort(arrayFilter(entry -> entry.1 >= qualified_at, arrayConcat(
        arrayMap(entry -> (entry.at, entry.stage, entry.reason, true), credit.entries),
        on_deals.entered
    ))) AS later
SELECT
    known.person AS person,
    if(startsWith(known.person, 'crm:'), known.person, '') AS crm,
    of_account.account AS account,
    known.company AS company,
    known.owner AS owner,
    credit.at AS qualified_at,
    toDate(qualified_at, '{{timezone}}') AS day,
    if(credit.touchpoint = '', '(none)', credit.channel) AS channel,
    credit.platform AS platform,
    credit.source AS source,
    credit.medium AS medium,
    credit.campaign AS campaign,
    credit.ad_group AS ad_group,
    credit.keyword AS keyword,
    credit.content AS content,
    if(empty(answered), NULL, answered[1]) AS first_answer_at,
    (toUnixTimestamp64Milli(ifNull(first_answer_at, now64(3, 'UTC'))) - toUnixTimestamp64Milli(qualified_at)) / 86400000
        AS days_waited,
    length(answered) AS answers,
    length(since) AS follow_ups,
    known.meant AS grade,
    known.said AS grade_raw,
    known.graded_at AS graded_at,
    known.tags_meant AS tags,
    known.tags_said AS tags_raw,
    arrayLast(entry -> entry.2 IN ('disqualified', 'recycled', 'lost') AND entry.3 != '', later).3 AS reason,
    toBool(empty(answered) AND days_waited > assumeNotNull((SELECT unanswered_days FROM response_limits))) AS is_unanswered,
    toBool(arrayExists(entry -> entry.2 = 'sales_qualified', later)) AS is_sales_qualified,
    toBool(arrayExists(entry -> entry.2 = 'opportunity', later)) AS is_opportunity,
    toBool(arrayExists(entry -> entry.2 = 'won' AND entry.4, later)) AS is_won
FROM
(
    SELECT
        person,
        company,
        owner,
        canonical_grade AS meant,
        grade AS said,
        graded_at,
        arrayStringConcat(canonical_tags, ', ') AS tags_meant,
        arrayStringConcat(tags, ', ') AS tags_said,
        arrayZip(follow_ups.at, follow_ups.is_answer) AS told
    FROM journeys FINAL
) AS known
INNER JOIN
(
    SELECT
        person, entries, step.at AS at, touch_id[step.first] AS touchpoint, touch_channel[step.first] AS channel,
        touch_platform[step.first] AS platform, touch_source[step.first] AS source, touch_medium[step.first] AS medium,
        touch_campaign[step.first] AS campaign, touch_ad_group[step.first] AS ad_group,
        touch_keyword[step.first] AS keyword, touch_content[step.first] AS content
    FROM counted_journeys
    ARRAY JOIN converted AS step
    WHERE step.conversion = 'marketing_qualified'
) AS credit ON known.person = credit.person
LEFT JOIN person_accounts AS of_account ON known.person = of_account.person
LEFT JOIN
(
    SELECT
        deal_people.person AS person,
        groupArray((entered_at, entered, why, entered != 'won' OR is_won)) AS entered
    FROM deal_people
    INNER JOIN
    (
        SELECT deal, entered_at, entered, why, stage = 'won' AS is_won
        FROM opportunities FINAL
        ARRAY JOIN stages.at AS entered_at, stages.stage AS entered, stages.reason AS why
    ) AS step ON deal_people.deal = step.deal
    GROUP BY person
) AS on_deals ON known.person = on_deals.person
COMMENT 'What became of each marketing qualified lead: its source, how long it waited for sales, and what sales found';
