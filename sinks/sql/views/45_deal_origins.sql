-- Who brought each deal: marketing, sales by themselves, executives or partners, by the policy's words and channels.
-- Grain: one row per deal.
-- Kept by: deal
-- The first of these that says anything decides: an attribute of the deal; the lead source of that person on the deal who
-- became a lead first; the channel of the first touch up to the opening. A word that the policy ([reports.origins])
-- doesn't know is no origin, and is shown as it stands.
CREATE OR REPLACE VIEW deal_origins
(
    deal String COMMENT 'Identifier of the deal, deal:<system>:<id>',
    origin String COMMENT 'As the policy names it: marketing, sales, executives, partners; (unknown) for a word or a channel that it does not know; (none) if nothing is said',
    origin_by String COMMENT 'What decided: deal: an attribute of the deal; lead_source: that of its first lead; channel: that of the first touch; empty if nothing is said',
    word String COMMENT 'The word or the channel that decided'
)
AS WITH
    CAST({{reports.origins.patterns}}, 'Array(Array(String))') AS patterns,
    CAST({{reports.origins.origin_of_channel}}, 'Map(String, String)') AS origin_of_channel,
    CAST({{reports.origins.attributes}}, 'Array(String)') AS names,
    first_leads AS
    (
        SELECT
            deal_people.deal AS deal,
            argMin(told.lead_source, (told.became_at IS NULL, told.became_at, deal_people.person)) AS lead_source
        FROM {{deal_people}} AS deal_people
        INNER JOIN
        (
            SELECT
                person,
                lead_source,
                if(has(converted.1, 'lead'), converted[indexOf(converted.1, 'lead')].2, NULL) AS became_at
            FROM {{counted_journeys}}
            WHERE lead_source != ''
        ) AS told ON deal_people.person = told.person
        GROUP BY deal
    )
SELECT
    deals.deal AS deal,
    multiIf(
        word = '', '(none)',
        origin_by = 'channel', if(origin_of_channel[word] = '', '(unknown)', origin_of_channel[word]),
        empty(arrayFirst(each -> match(word, each[2]), patterns) AS found), '(unknown)',
        found[1]
    ) AS origin,
    multiIf(said != '', 'deal', first_leads.lead_source != '', 'lead_source', touched.channel != '', 'channel', '') AS origin_by,
    multiIf(said != '', said, first_leads.lead_source != '', first_leads.lead_source, touched.channel) AS word
FROM (SELECT deal, arrayFirst(value -> value != '', arrayMap(name -> attributes[name], names)) AS said FROM {{deals}} AS deals) AS deals
LEFT JOIN first_leads ON deals.deal = first_leads.deal
LEFT JOIN
(
    SELECT deal, if(first_touchpoint = '', '', first_channel) AS channel FROM {{conversions}} WHERE conversion = 'opportunity'
) AS touched ON deals.deal = touched.deal
COMMENT 'Who brought each deal: marketing, sales by themselves, executives or partners, by the policy''s words and channels'
