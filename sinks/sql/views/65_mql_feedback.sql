-- What became of each marketing qualified lead: its source, how long it waited for sales, and what sales found.
-- Grain: one row per person who became marketing qualified, at the first entry into that stage.
-- Asks which keyword brings leads that sales finds invalid, and why. The source is the first touchpoint up to the
-- qualification, as in the view credits. Which follow-ups answer a lead is said by the policy. Words of sales that
-- the policy does not know stand in grade_raw and tags_raw only, and in data_quality.
CREATE OR REPLACE VIEW mql_feedback
(
    person String COMMENT 'Id of the person',
    crm String COMMENT 'Smallest CRM identifier; empty if the CRM does not know the lead',
    account String COMMENT 'Account: id in the CRM, else the domain of the company',
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
    is_sales_qualified Bool COMMENT 'Whether the lead became sales qualified afterwards',
    is_opportunity Bool COMMENT 'Whether the lead, or a deal with it, became an opportunity afterwards',
    is_won Bool COMMENT 'Whether the lead, or a deal with it, was won afterwards; a deal that was opened again counts as it stands'
)
AS WITH
    arrayFilter(each -> each.1 >= qualified_at, told) AS since,
    arraySort(arrayMap(each -> each.1, arrayFilter(each -> each.2, since))) AS answered,
    arrayFilter(entry -> entry.2 >= qualified_at, entered) AS later
SELECT
    known.person AS person,
    if(startsWith(known.person, 'crm:'), known.person, '') AS crm,
    known.account AS account,
    known.company AS company,
    known.owner AS owner,
    credit.at AS qualified_at,
    toDate(qualified_at, '{{timezone}}') AS day,
    credit.channel AS channel,
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
    arrayLast(entry -> entry.1 IN ('disqualified', 'recycled', 'lost') AND entry.4 != '', later).4 AS reason,
    toBool(arrayExists(entry -> entry.1 = 'sales_qualified', later)) AS is_sales_qualified,
    toBool(arrayExists(entry -> entry.1 = 'opportunity', later)) AS is_opportunity,
    toBool(arrayExists(entry -> entry.1 = 'won' AND NOT has(known.not_won, entry.3), later)) AS is_won
FROM
(
    SELECT
        person,
        account,
        company,
        owner,
        canonical_grade AS meant,
        grade AS said,
        graded_at,
        arrayStringConcat(canonical_tags, ', ') AS tags_meant,
        arrayStringConcat(tags, ', ') AS tags_said,
        arrayZip(follow_ups.at, follow_ups.is_answer) AS told,
        arrayZip(stages.stage, stages.at, stages.deal, stages.reason) AS entered,
        arrayFilter((deal, stage) -> stage != 'won', deals.deal, deals.stage) AS not_won
    FROM journeys FINAL
) AS known
INNER JOIN (SELECT * FROM credits WHERE conversion = 'marketing_qualified' AND model = 'first') AS credit
    ON known.person = credit.person
COMMENT 'What became of each marketing qualified lead: its source, how long it waited for sales, and what sales found';
