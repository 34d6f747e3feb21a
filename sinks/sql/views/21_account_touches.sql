-- What everybody of an account touched, before and after its conversions: account_paths cuts it at each.
-- Grain: one row per account that anybody belongs to or is on a deal of; our own people are left out.
-- Kept by: account
-- A large account has thousands of touchpoints and many deals, each of which they led to: here they stand once.
CREATE OR REPLACE VIEW account_touches
(
    account String COMMENT 'Account, as in deals and persons',
    cohort_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the first of its people is counted, as in counted_journeys',
    firsts Array(Tuple(milestone String, at DateTime64(3, 'UTC'), person String)) COMMENT 'Milestones that its own people reached, each with the first of them to do so',
    touch_id Array(String) COMMENT 'Event id of the fact that began it; the columns touch_… belong together, one element per touchpoint that counts in order of (time, id)',
    touch_at Array(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint began',
    touch_person Array(String) COMMENT 'Whose it is',
    touch_lead_at Array(DateTime64(3, 'UTC')) COMMENT 'When that person became a lead, if not before the touchpoint; else in the year 2200',
    touch_kind Array(String) COMMENT 'Kind of contact',
    touch_channel Array(String) COMMENT 'Channel by the policy',
    touch_platform Array(String) COMMENT 'Ad platform',
    touch_source Array(String) COMMENT 'Source',
    touch_medium Array(String) COMMENT 'Medium',
    touch_campaign Array(String) COMMENT 'Campaign',
    touch_ad_group Array(String) COMMENT 'Ad group',
    touch_keyword Array(String) COMMENT 'Keyword that was bid on',
    touch_search_term Array(String) COMMENT 'What the person typed',
    touch_content Array(String) COMMENT 'Content',
    touch_author Array(String) COMMENT 'Author of the content',
    touch_published Array(String) COMMENT 'Day on which the content was published',
    touch_landing_page Array(String) COMMENT 'First page, without protocol, query and fragment'
)
AS SELECT
    account,
    cohort_at,
    arrayFilter((step, nth) -> nth = 1 OR steps[nth - 1].1 != step.1, steps, arrayEnumerate(steps)) AS firsts,
    touches.2 AS touch_id,
    touches.1 AS touch_at,
    touches.3 AS touch_person,
    touches.4 AS touch_lead_at,
    touches.5 AS touch_kind,
    touches.6 AS touch_channel,
    touches.7 AS touch_platform,
    touches.8 AS touch_source,
    touches.9 AS touch_medium,
    touches.10 AS touch_campaign,
    touches.11 AS touch_ad_group,
    touches.12 AS touch_keyword,
    touches.13 AS touch_search_term,
    touches.14 AS touch_content,
    touches.15 AS touch_author,
    touches.16 AS touch_published,
    touches.17 AS touch_landing_page
FROM
(
    -- groupArray collects in any order.
    SELECT
        member.account AS account,
        arraySort(arrayFlatten(groupArray(path.touches))) AS touches,
        min(path.cohort_at) AS cohort_at,
        arraySort(arrayFlatten(groupArray(
            if(member.is_member, arrayMap(step -> (step.1, step.2, path.person), path.converted), [])
        ))) AS steps
    FROM {{person_paths}} AS path
    INNER JOIN {{account_people}} AS member ON path.person = member.person
    GROUP BY member.account
)
COMMENT 'What everybody of an account touched, before and after its conversions: account_paths cuts it at each'
