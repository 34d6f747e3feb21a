-- The transitions that people and deals began: when they came to the end of each, or what ended it before, or that it is open.
-- Grain: one row per person or deal and transition that it began: from its first entry into one stage to the next stage, to won, to the first response of sales, and from first touch to won.
-- Kept by: day, transition, started_at
-- A transition is made by the first entry into its end since it began, however the way there was. Otherwise it is ended by
-- what stands: the person or the deal came beyond (skipped), or is lost, recycled or disqualified and nothing has
-- followed. A person on a deal that is open is neither. All others are open, and waited for at least until censored_at.
-- That is the time of the newest stage or follow-up that any CRM told: of what came later nothing is known yet.
CREATE OR REPLACE VIEW transitions
(
    person String COMMENT 'Id of the person; empty for a transition of a deal',
    deal String COMMENT 'Identifier of the deal; empty for a transition of a person',
    transition String COMMENT 'From where to where, in one word: lead_to_won, opportunity_to_poc and so on',
    from_stage String COMMENT 'Where the transition begins: first_touch, lead, marketing_qualified, sales_qualified, opportunity or poc. Of a deal, first_touch and lead are the earliest of its people up to its opening',
    to_stage String COMMENT 'Where it leads: marketing_qualified, sales_qualified, opportunity, poc, poc_ended (the end of the last proof of concept), won, or first_response (the first follow-up that answers)',
    started_at DateTime64(3, 'UTC') COMMENT 'When it began',
    day Date COMMENT 'Day of that in {{timezone}}',
    outcome String COMMENT 'reached; else what ended it: skipped, lost, recycled or disqualified; open if nothing did',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was reached or ended; NULL while it is open',
    censored_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when it is known to have been open; NULL if it ended',
    days Float64 COMMENT 'Days from its begin to the end, while it is open until censored_at',
    channel String COMMENT 'Channel of the first touchpoint up to the begin, of a deal up to the stage that it began in; (none) if none came before',
    platform String COMMENT 'Ad platform of that touchpoint',
    campaign String COMMENT 'Campaign of that touchpoint',
    ad_group String COMMENT 'Ad group of that touchpoint',
    keyword String COMMENT 'Keyword of that touchpoint',
    account String COMMENT 'Account of the person or the deal',
    owner String COMMENT 'Who owns the lead or the deal in sales',
    region String COMMENT 'Region of the person or the deal; empty if none is told',
    industry String COMMENT 'Industry of the person or the deal; empty if none is told',
    competitor String COMMENT 'Competitor on the deal; empty of a person, or if none is told'
)
AS WITH
    ['visitor', 'lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won', 'lost', 'recycled', 'disqualified']
        AS all_stages,
    toDateTime64('2200-01-01', 3, 'UTC') AS never,
    toDateTime64(0, 3, 'UTC') AS unknown,
    (
        SELECT least(max(told_at), now64(3, 'UTC'))
        FROM
        (
            SELECT max(at) AS told_at FROM stage_entries WHERE system != ''
            UNION ALL
            SELECT max(arrayMax(follow_ups.at)) FROM journeys FINAL
        )
    ) AS known_until,
    deal_ways AS
    (
        SELECT
            deal,
            opened_at,
            ifNull(closed_at, never) AS open_until,
            (stages.at[-1], toString(stages.stage[-1])) AS stands,
            stages.at[indexOf(stages.stage, 'poc')] AS poc_at,
            arrayLastIndex(stage -> stage = 'poc', stages.stage) AS last_poc,
            -- What the CRM tells of an end before the last trial began is the end of another.
            multiIf(
                last_poc = 0, never,
                ifNull(poc_ended_at, unknown) >= stages.at[last_poc], assumeNotNull(poc_ended_at),
                last_poc < length(stages.at), stages.at[last_poc + 1],
                never
            ) AS poc_over_at
        FROM opportunities FINAL
    ),
    person_deals AS
    (
        SELECT
            deal_people.person AS person,
            groupArray((way.opened_at, way.open_until)) AS spans,
            groupArrayIf(way.stands.1, way.stands.2 = 'won') AS won_at,
            countIf(way.stands.2 NOT IN ('won', 'lost', 'recycled', 'disqualified')) AS open_deals,
            max(if(way.stands.2 IN ('lost', 'recycled', 'disqualified'), way.stands, (unknown, ''))) AS left_last
        FROM deal_people
        INNER JOIN deal_ways AS way ON deal_people.deal = way.deal
        GROUP BY person
    ),
    person_ways AS
    (
        SELECT
            own.person AS person,
            own.entries AS entries,
            -- Who enters the last stage before deals while one is open is on it at once, as in stage_durations.
            arrayConcat(
                arrayMap(span -> span.1, person_deals.spans),
                if(
                    indexOf(all_stages, own.stands.2) BETWEEN 2 AND 4
                        AND NOT arrayExists(span -> span.1 >= own.stands.1, person_deals.spans)
                        AND arrayExists(span -> span.1 < own.stands.1 AND span.2 > own.stands.1, person_deals.spans),
                    [own.stands.1],
                    []
                )
            ) AS on_deal_at,
            arrayConcat(
                arrayMap(entry -> entry.1, arrayFilter(entry -> entry.2 = 'won', own.entries)), person_deals.won_at
            ) AS won_at,
            multiIf(
                person_deals.open_deals > 0 OR notEmpty(won_at), (never, ''),
                person_deals.left_last.1 >= own.stands.1, person_deals.left_last,
                own.stands
            ) AS stands
        FROM
        (
            SELECT person, groupArray((at, stage)) AS entries, argMax((at, stage), place) AS stands
            FROM stage_entries
            WHERE person != '' AND stage != 'visitor'
            GROUP BY person
        ) AS own
        LEFT JOIN person_deals ON own.person = person_deals.person
    ),
    lead_of_deal AS
    (
        SELECT deal_people.deal AS deal, min(became.at) AS became_at
        FROM deal_people
        INNER JOIN (SELECT person, at FROM stage_entries WHERE person != '' AND stage = 'lead') AS became
            ON deal_people.person = became.person
        GROUP BY deal
    ),
    begun AS
    (
        SELECT
            conversion.person AS person,
            conversion.deal AS deal,
            transition.1 AS from_stage,
            transition.2 AS to_stage,
            assumeNotNull(transition.3) AS started_at,
            indexOf(all_stages, to_stage) AS rank,
            multiIf(
                deal != '' AND to_stage = 'won', if(of_deal.stands.2 = 'won', of_deal.stands.1, never),
                to_stage = 'poc_ended', of_deal.poc_over_at,
                deal != '', if(of_deal.last_poc = 0, never, greatest(of_deal.poc_at, started_at)),
                to_stage = 'won', arrayMin(arrayFilter(at -> at >= started_at, arrayPushBack(of_person.won_at, never))),
                arrayMin(arrayConcat(
                    [never],
                    arrayMap(
                        entry -> if(entry.1 >= started_at AND entry.2 = to_stage, entry.1, never), of_person.entries
                    ),
                    arrayMap(at -> if(to_stage = 'opportunity' AND at >= started_at, at, never), of_person.on_deal_at)
                ))
            ) AS reached_at,
            multiIf(
                to_stage IN ('won', 'poc_ended'), never,
                deal != '', if(of_deal.stands.2 = 'won', of_deal.stands.1, never),
                arrayMin(arrayConcat(
                    [never],
                    arrayMap(
                        entry -> if(
                            entry.1 >= started_at AND indexOf(all_stages, entry.2) BETWEEN rank + 1 AND 7, entry.1, never
                        ),
                        of_person.entries
                    ),
                    arrayMap(at -> if(rank < 5 AND at >= started_at, at, never), of_person.on_deal_at)
                ))
            ) AS beyond_at,
            if(deal != '', of_deal.stands, of_person.stands) AS stands,
            first_channel AS channel,
            first_platform AS platform,
            first_campaign AS campaign,
            first_ad_group AS ad_group,
            first_keyword AS keyword
        FROM conversions AS conversion
        LEFT JOIN person_ways AS of_person ON conversion.person = of_person.person
        LEFT JOIN deal_ways AS of_deal ON conversion.deal = of_deal.deal
        LEFT JOIN lead_of_deal AS of_lead ON conversion.deal = of_lead.deal
        ARRAY JOIN multiIf(
            conversion.conversion = 'lead',
            [
                ('lead', 'marketing_qualified', toNullable(conversion.at)),
                ('lead', 'won', toNullable(conversion.at)),
                ('first_touch', 'won', first_touch_at)
            ],
            conversion.conversion = 'marketing_qualified',
            [('marketing_qualified', 'sales_qualified', toNullable(conversion.at))],
            conversion.conversion = 'sales_qualified',
            [('sales_qualified', 'opportunity', toNullable(conversion.at))],
            conversion.conversion = 'opportunity',
            [
                ('opportunity', 'poc', toNullable(conversion.at)),
                ('opportunity', 'won', toNullable(conversion.at)),
                ('first_touch', 'won', first_touch_at),
                ('lead', 'won', if(became_at > unknown AND became_at <= conversion.at, toNullable(became_at), NULL))
            ],
            conversion.conversion = 'poc',
            [('poc', 'won', toNullable(conversion.at)), ('poc', 'poc_ended', toNullable(conversion.at))],
            []
        ) AS transition
        WHERE isNotNull(transition.3)
    ),
    told AS
    (
        SELECT
            *,
            multiIf(
                reached_at < never, 'reached',
                beyond_at < never, 'skipped',
                stands.2 IN ('lost', 'recycled', 'disqualified'), stands.2,
                'open'
            ) AS outcome,
            multiIf(
                outcome = 'reached', toNullable(reached_at),
                outcome = 'skipped', beyond_at,
                outcome = 'open', NULL,
                stands.1
            ) AS ended_at,
            if(outcome = 'open', toNullable(greatest(known_until, started_at)), NULL) AS censored_at
        FROM
        (
            SELECT * EXCEPT rank FROM begun
            UNION ALL
            SELECT
                person, '', 'marketing_qualified', 'first_response', qualified_at, ifNull(first_answer_at, never), never,
                (never, ''), channel, platform, campaign, ad_group, keyword
            FROM mql_feedback
        )
    )
SELECT
    told.person AS person,
    told.deal AS deal,
    concat(from_stage, '_to_', to_stage) AS transition,
    from_stage,
    to_stage,
    started_at,
    toDate(started_at, '{{timezone}}') AS day,
    outcome,
    ended_at,
    censored_at,
    greatest(
        toUnixTimestamp64Milli(assumeNotNull(ifNull(ended_at, censored_at))) - toUnixTimestamp64Milli(started_at), 0
    ) / 86400000 AS days,
    channel,
    platform,
    campaign,
    ad_group,
    keyword,
    if(told.deal = '', of_account.account, of_deal.account) AS account,
    if(told.deal = '', known.owner, of_deal.owner) AS owner,
    if(told.deal = '', known.region, of_deal.region) AS region,
    if(told.deal = '', known.industry, of_deal.industry) AS industry,
    of_deal.competitor AS competitor
FROM told
LEFT JOIN person_attributes AS known ON told.person = known.person
LEFT JOIN person_accounts AS of_account ON told.person = of_account.person
LEFT JOIN deals AS of_deal ON told.deal = of_deal.deal
COMMENT 'The transitions that people and deals began: when they came to the end of each, or what ended it before, or that it is open'
