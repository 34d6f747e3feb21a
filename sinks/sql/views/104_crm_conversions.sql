-- What became of whom the CRM knows, by the CRM's own words: the source that it names and the owner, whatever was tracked.
-- Grain: one row per conversion of a person in the CRM, or of a deal, as in conversions.
-- Of a deal the source is that of the person on it who became a lead first, of those with a source. It needs no website.
-- Kept by: day, conversion
CREATE OR REPLACE VIEW crm_conversions
(
    conversion String COMMENT 'lead, marketing_qualified, sales_qualified, opportunity, poc or won',
    person String COMMENT 'Person who converted; empty for a conversion of a deal',
    deal String COMMENT 'Deal that converted; empty for a conversion of a person',
    day Date COMMENT 'Day in {{timezone}} on which it converted',
    cohort_day Date COMMENT 'Day in {{timezone}} since which the person or the deal is counted, as in conversions',
    lead_source String COMMENT 'What the CRM itself says brought the lead, of a deal its first lead; empty if it says nothing',
    owner String COMMENT 'Who owns the lead, or the deal, in sales; empty if the CRM does not say',
    days Float64 COMMENT 'Days since the person or the deal is counted',
    revenue Decimal(38, 2) COMMENT 'Amount of the deal in currency units, in its row won; 0 in all others',
    currency String COMMENT 'Currency of the deal; empty for a conversion of a person, or if it is not known'
)
AS WITH
    told AS
    (
        SELECT
            person,
            lead_source,
            owner,
            if(has(converted.1, 'lead'), converted[indexOf(converted.1, 'lead')].2, NULL) AS became_at
        FROM counted_journeys
        WHERE startsWith(person, 'crm:') AND NOT is_internal
    ),
    first_leads AS
    (
        SELECT
            deal_people.deal AS deal,
            argMin(told.lead_source, (told.became_at IS NULL, told.became_at, deal_people.person)) AS lead_source
        FROM deal_people
        INNER JOIN told ON deal_people.person = told.person
        WHERE told.lead_source != ''
        GROUP BY deal
    )
SELECT
    c.conversion AS conversion,
    c.person AS person,
    c.deal AS deal,
    c.day AS day,
    c.cohort_day AS cohort_day,
    if(c.deal = '', told.lead_source, first_leads.lead_source) AS lead_source,
    if(c.deal = '', told.owner, deals.owner) AS owner,
    (toUnixTimestamp64Milli(c.at) - toUnixTimestamp64Milli(c.cohort_at)) / 86400000 AS days,
    c.revenue AS revenue,
    c.currency AS currency
FROM (SELECT * FROM conversions WHERE startsWith(person, 'crm:') OR deal != '') AS c
-- Without one, a joined text is empty.
LEFT JOIN told ON c.person = told.person
LEFT JOIN first_leads ON c.deal = first_leads.deal
LEFT JOIN (SELECT deal, owner FROM deals) AS deals ON c.deal = deals.deal
COMMENT 'What became of whom the CRM knows, by the CRM''s own words: the source that it names and the owner, whatever was tracked'
