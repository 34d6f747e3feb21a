-- Which leads are there, where does each of them stand, what brought it, and who of them waits for sales?
-- Those that are qualified and wait for an answer come first, the longest wait before all; then the others, the newest first.
-- milestone = any | lead | marketing_qualified | sales_qualified: whoever came so far on these days, by the touch that led there; any: whichever came first
-- mode = period | cohort: count on the day of the milestone, or on that since which the person is known
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- model = first | last: which touch is the source
-- show = all | waiting | answered: all, or of those that are marketing qualified only the ones without an answer, or with one
-- stage = : only those that stand in this stage
-- channel = : only this channel
-- platform = : only this ad platform
-- campaign = : only this campaign
-- ad_group = : only this ad group
-- keyword = : only this keyword
-- content = : only this content
-- author = : only this author of content
-- account = : only this account
-- owner = : only what this owner has; (none): nobody's
-- region = : only this region
-- industry = : only this industry
-- grade = : only this grade, by its meaning or in the words of sales
-- tag = : only with this tag, in the words of sales
-- limit = 50: number of rows
-- offset = 0: number of rows before the first one
-- > reached_at: when the lead came to the milestone
-- > channel: channel of the touch that led there; (none) without one
-- > platform: ad platform of that touch
-- > campaign: campaign of that touch
-- > ad_group: ad group of that touch
-- > keyword: keyword of that touch
-- > content: content of that touch
-- > grade: what the newest grade of sales means; if the policy does not know it, the grade in the words of sales
-- > last_touch_at: when the last touchpoint that counts began; empty without any
-- > waiting_days: days since the qualification, of those that sales has not answered
-- > of_all: how many leads are in the whole list
SELECT
    lead.person AS person,
    lead.company AS company,
    lead.account AS account,
    lead.stage AS stage,
    lead.stage_at AS stage_at,
    came.at AS reached_at,
    came.channel AS channel,
    came.platform AS platform,
    came.campaign AS campaign,
    came.ad_group AS ad_group,
    came.keyword AS keyword,
    came.content AS content,
    if(graded.grade = '', graded.grade_raw, graded.grade) AS grade,
    lead.tags AS tags,
    lead.owner AS owner,
    lead.region AS region,
    lead.industry AS industry,
    touched.last_touch_at AS last_touch_at,
    if(waits.person != '' AND isNull(waits.first_answer_at), round(waits.days_waited, 1), NULL) AS waiting_days,
    count() OVER () AS of_all
FROM
(
    SELECT
        person,
        at,
        if({mode:String} = 'cohort', cohort_day, day) AS counted_on,
        if({model:String} = 'first', first_channel, last_channel) AS channel,
        if({model:String} = 'first', first_platform, last_platform) AS platform,
        if({model:String} = 'first', first_campaign, last_campaign) AS campaign,
        if({model:String} = 'first', first_ad_group, last_ad_group) AS ad_group,
        if({model:String} = 'first', first_keyword, last_keyword) AS keyword,
        if({model:String} = 'first', first_content, last_content) AS content,
        if({model:String} = 'first', first_author, last_author) AS author
    FROM conversions
    WHERE person != '' AND {milestone:String} IN ('any', conversion)
    ORDER BY at, indexOf(['lead', 'marketing_qualified', 'sales_qualified'], conversion)
    LIMIT 1 BY person
) AS came
INNER JOIN persons AS lead ON came.person = lead.person
LEFT JOIN sales_grades AS graded ON came.person = graded.person
LEFT JOIN mql_feedback AS waits ON came.person = waits.person
LEFT JOIN (SELECT person, toNullable(max(at)) AS last_touch_at FROM touchpoints GROUP BY person) AS touched
    ON came.person = touched.person
WHERE came.counted_on BETWEEN {from:Date} AND {to:Date}
    AND {stage:String} IN ('', lead.stage)
    AND multiIf(
        {show:String} = 'all', true,
        waits.person != '' AND isNull(waits.first_answer_at) = ({show:String} = 'waiting')
    )
    AND {channel:String} IN ('', came.channel)
    AND {platform:String} IN ('', came.platform)
    AND {campaign:String} IN ('', came.campaign)
    AND {ad_group:String} IN ('', came.ad_group)
    AND {keyword:String} IN ('', came.keyword)
    AND {content:String} IN ('', came.content)
    AND {author:String} IN ('', came.author)
    AND {account:String} IN ('', lead.account)
    AND {owner:String} IN ('', if(lead.owner = '', '(none)', lead.owner))
    AND {region:String} IN ('', lead.region)
    AND {industry:String} IN ('', lead.industry)
    AND {grade:String} IN ('', graded.grade, graded.grade_raw)
    AND ({tag:String} = '' OR has(splitByString(', ', lead.tags), {tag:String}))
ORDER BY waiting_days DESC NULLS LAST, came.at DESC, person
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
