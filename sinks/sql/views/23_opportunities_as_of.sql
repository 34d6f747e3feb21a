-- What was known then of the deals: the table opportunities at a time, opportunities_as_of(as_of='2026-10-05 09:00:00').
-- Grain: one row per deal that was known then.
-- Columns: those of the table opportunities that other views read.
-- Deals keep no versions. A deal of which nothing was received since as_of stands as it does today. Of any other, the
-- journeys of its people tell name, stages, amount, times and people as they were known then; account, owner and
-- attributes are those of today, and what a proof of concept came to is told if it had ended. If nobody known is on it, but it had been heard of, it stands as today without what
-- happened later; if somebody is on it today, but nobody was then, it is not here.
CREATE OR REPLACE VIEW opportunities_as_of
AS WITH
    toDateTime({as_of:String}, '{{timezone}}') AS then,
    today AS
    (
        SELECT
            deal, known_at, name, account, owner, people, toString(stage) AS stage, amount_minor,
            toString(currency) AS currency, opened_at, closed_at, reason, poc_ended_at, poc_result, poc_reason,
            attributes,
            arrayZip(
                stages.stage, stages.at, stages.occurrence, stages.id, stages.system, stages.raw, stages.reason
            ) AS entries
        FROM opportunities FINAL
    ),
    carried AS
    (
        SELECT
            on_deal.1 AS deal,
            argMax(
                (
                    on_deal,
                    arrayFilter((entry, of_deal) -> of_deal = on_deal.1, entries, entered_by)
                ),
                (published_at, person)
            ) AS told,
            groupUniqArray(person) AS people
        FROM
        (
            SELECT
                person, published_at, stages.deal AS entered_by,
                arrayZip(
                    stages.stage, stages.at, stages.occurrence, stages.id, stages.system, stages.raw, stages.reason
                ) AS entries,
                arrayJoin(arrayZip(
                    deals.deal, deals.name, deals.stage, deals.opened_at, deals.closed_at, deals.amount_minor,
                    deals.currency
                )) AS on_deal
            FROM journeys_as_of(as_of = {as_of:String})
        )
        GROUP BY deal
    ),
    -- Nothing was received of it since, or people who were known then tell of it, or nobody is on it at all.
    today.deal != '' AND today.known_at <= then AS stands,
    NOT stands AND carried.deal != '' AS is_carried,
    NOT is_carried AND (stands OR isNull(today.closed_at) OR today.closed_at <= then) AS ends_as_today,
    stands OR today.poc_ended_at <= then AS poc_had_ended,
    multiIf(
        stands, today.entries,
        is_carried, carried.told.2,
        arrayFilter(entry -> entry.2 <= then, today.entries)
    ) AS entries_then
SELECT
    if(today.deal = '', carried.deal, today.deal) AS deal,
    if(is_carried, carried.told.1.2, today.name) AS name,
    today.account AS account,
    today.owner AS owner,
    if(is_carried, carried.people, today.people) AS people,
    multiIf(is_carried, carried.told.1.3, ends_as_today, today.stage, entries_then[-1].1) AS stage,
    if(is_carried, carried.told.1.6, today.amount_minor) AS amount_minor,
    if(is_carried, carried.told.1.7, today.currency) AS currency,
    if(is_carried, carried.told.1.4, today.opened_at) AS opened_at,
    multiIf(is_carried, carried.told.1.5, ends_as_today, today.closed_at, NULL) AS closed_at,
    if(ends_as_today AND (stands OR isNotNull(today.closed_at)), today.reason, '') AS reason,
    if(poc_had_ended, today.poc_ended_at, NULL) AS poc_ended_at,
    if(poc_had_ended, today.poc_result, '') AS poc_result,
    if(poc_had_ended, today.poc_reason, '') AS poc_reason,
    today.attributes AS attributes,
    entries_then.1 AS `stages.stage`,
    entries_then.2 AS `stages.at`,
    entries_then.3 AS `stages.occurrence`,
    entries_then.4 AS `stages.id`,
    entries_then.5 AS `stages.system`,
    entries_then.6 AS `stages.raw`,
    entries_then.7 AS `stages.reason`
FROM today
FULL JOIN carried ON today.deal = carried.deal
WHERE stands
    OR is_carried
    OR today.opened_at <= then
        AND today.deal IN (
            SELECT subject FROM events FINAL PREWHERE type = 'deal_recorded' WHERE received_at <= then
        )
        AND today.deal NOT IN (SELECT deal FROM deal_people)
COMMENT 'What was known then of the deals, as they could be reported at as_of, a time in {{timezone}}';
