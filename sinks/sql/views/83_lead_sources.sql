-- How each lead came, by three who say so: what was tracked, what the lead itself says, and what sales typed.
-- Grain: one row per lead.
-- Kept by: day, person
-- What a lead says is the newest answer of a form on the website (heard_from), else of the CRM, in an attribute that
-- the policy names, [reports.sources]; it also says which words and channels are the same source.
CREATE OR REPLACE VIEW lead_sources
(
    day Date COMMENT 'Day in {{timezone}} on which the person became a lead',
    person String COMMENT 'Id of the person',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the lead in sales',
    first_channel String COMMENT 'Channel of the first touch before the person became a lead; (none) without one',
    last_channel String COMMENT 'Channel of the last touch before the person became a lead; (none) without one',
    self_reported String COMMENT 'What the lead says, in its words; empty if nothing',
    self_reported_by String COMMENT 'Where it says so: form or crm; empty if nowhere',
    crm_typed String COMMENT 'Lead source in the CRM, in its words; empty if none',
    tracked_first String COMMENT 'Source of the first touch; (none) without one, (unknown) if the policy names none for its channel',
    tracked_last String COMMENT 'Source of the last touch, likewise',
    told_by_lead String COMMENT 'Source that the lead says; (none) if it says nothing, (unknown) if the policy does not know its words',
    typed_by_sales String COMMENT 'Source that sales typed, likewise'
)
AS WITH
    CAST({{reports.sources.patterns}}, 'Array(Array(String))') AS patterns,
    CAST({{reports.sources.source_of_channel}}, 'Map(String, String)') AS source_of_channel,
    CAST({{reports.sources.attributes}}, 'Array(String)') AS names,
    arrayFirst(said -> said != '', arrayMap(name -> known.attributes[name], names)) AS said_in_crm,
    arrayFirst(pattern -> match(self_reported, pattern[2]), patterns)[1] AS self_source,
    arrayFirst(pattern -> match(crm_typed, pattern[2]), patterns)[1] AS crm_source,
    forms AS
    (
        SELECT
            event_id AS event, subject, occurred_at AS at, JSONExtractString(payload, 'attributes', 'heard_from') AS told,
            arrayConcat(JSONExtract(payload, 'others', 'Array(String)'), [subject]) AS names
        FROM events FINAL
        PREWHERE type = 'form_submitted'
        WHERE told != ''
    ),
    answers AS
    (
        SELECT argMax(answer, (at, event)) AS answer, person
        FROM
        (
            -- A form is of the person whose visit it stands in, since several may use a browser; without a visit,
            -- of the one whose address or number it names first.
            SELECT event, any(at) AS at, any(told) AS answer, argMin(person, (place, person)) AS person
            FROM
            (
                SELECT forms.event AS event, forms.at AS at, forms.told AS told, visited.person AS person, 0 AS place
                FROM forms
                INNER JOIN
                (
                    SELECT person, identifier, begins, ends
                    FROM journeys FINAL
                    ARRAY JOIN
                        touchpoints.identifier AS identifier, touchpoints.at AS begins, touchpoints.ended_at AS ends,
                        touchpoints.forms AS sent
                    WHERE sent > 0
                ) AS visited
                    ON forms.subject = visited.identifier AND visited.begins <= forms.at AND forms.at <= visited.ends
                UNION ALL
                SELECT form.event, form.at, form.told, named.person, form.place
                FROM
                (
                    SELECT event, at, told, name, place FROM forms ARRAY JOIN names AS name, arrayEnumerate(names) AS place
                ) AS form
                INNER JOIN (SELECT person, arrayJoin(identifiers) AS identifier FROM journeys FINAL) AS named
                    ON form.name = named.identifier
            )
            GROUP BY event
        )
        GROUP BY person
    )
SELECT
    lead.day AS day,
    lead.person AS person,
    known.company AS company,
    known.owner AS owner,
    lead.first_channel AS first_channel,
    lead.last_channel AS last_channel,
    if(answers.answer != '', answers.answer, said_in_crm) AS self_reported,
    multiIf(answers.answer != '', 'form', said_in_crm != '', 'crm', '') AS self_reported_by,
    known.lead_source AS crm_typed,
    multiIf(
        first_channel = '(none)', '(none)', mapContains(source_of_channel, first_channel),
        source_of_channel[first_channel], '(unknown)'
    ) AS tracked_first,
    multiIf(
        last_channel = '(none)', '(none)', mapContains(source_of_channel, last_channel),
        source_of_channel[last_channel], '(unknown)'
    ) AS tracked_last,
    multiIf(self_reported = '', '(none)', self_source = '', '(unknown)', self_source) AS told_by_lead,
    multiIf(crm_typed = '', '(none)', crm_source = '', '(unknown)', crm_source) AS typed_by_sales
FROM (SELECT person, day, first_channel, last_channel FROM conversions WHERE conversion = 'lead') AS lead
INNER JOIN (SELECT person, company, owner, lead_source, attributes FROM journeys FINAL) AS known
    ON lead.person = known.person
LEFT JOIN answers ON lead.person = answers.person
COMMENT 'How each lead came, by three who say so: what was tracked, what the lead itself says, and what sales typed'
