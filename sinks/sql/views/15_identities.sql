-- Why are these one person: each identifier of each living person, with the links that tie it to the others.
-- Grain: one row per person, identifier and link inside the person; an identifier without a link has one row.
-- Kept by: person, identifier
CREATE OR REPLACE VIEW identities
(
    person String COMMENT 'Id of the person',
    identifier String COMMENT 'Identifier of the person',
    kind String COMMENT 'Kind of the identifier: anon, user, email, phone or crm',
    linked_to String COMMENT 'Other end of the link, an identifier of the same person; empty without a link',
    rule String COMMENT 'Why they are linked: the type of the fact that says so, or by hand; empty without a link',
    evidence String COMMENT 'Event id of the fact that says so, of a link by hand its own; empty without a link',
    evidence_source String COMMENT 'Which producer recorded that fact; empty without a link, or if the fact is not in events',
    linked_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that fact happened; NULL without a link',
    blocked Bool COMMENT 'Whether somebody said that the identifier stands for nobody in particular',
    splits String COMMENT 'Identifiers that somebody said are not the same person as this one, with commas between them; a link to them does not count and is not shown',
    held_back String COMMENT 'What keeps the identifier from joining anybody: over_degree_cap, over_person_cap, blocked_identifier or shared_device; empty if nothing does'
)
AS WITH
    -- All copies of a fact about identity have one type, so they may be filtered before FINAL merges them.
    corrections AS
    (
        SELECT
            type,
            JSONExtractString(payload, 'left') AS one,
            JSONExtractString(payload, 'right') AS other,
            JSONExtractString(payload, 'identifier') AS alone
        FROM events FINAL
        PREWHERE type IN ('identity_split', 'identity_blocked')
    ),
    links AS
    (
        SELECT
            toString(event_id) AS link,
            source,
            occurred_at,
            JSONExtractString(payload, 'left') AS one,
            JSONExtractString(payload, 'right') AS other,
            JSONExtractString(payload, 'rule') AS rule,
            JSONExtractString(payload, 'evidence') AS told_by
        FROM events FINAL
        PREWHERE type = 'identity_linked'
        WHERE one != other AND (least(one, other), greatest(one, other)) NOT IN
        (
            SELECT least(one, other), greatest(one, other) FROM corrections WHERE type = 'identity_split'
        )
    ),
    facts AS
    (
        SELECT toString(event_id) AS fact, source
        FROM events FINAL
        PREWHERE event_id IN (SELECT toUUIDOrZero(told_by) FROM links)
    ),
    ends AS
    (
        SELECT
            links.link AS link,
            arrayJoin([(one, other), (other, one)]) AS pair,
            pair.1 AS identifier,
            pair.2 AS linked_to,
            links.rule AS rule,
            -- A link that was said by hand is its own evidence.
            if(links.source = 'leadtrace', told_by, links.link) AS evidence,
            if(links.source = 'leadtrace', facts.source, links.source) AS evidence_source,
            toNullable(occurred_at) AS linked_at
        FROM links
        LEFT JOIN facts ON links.told_by = facts.fact
    ),
    names AS
    (
        SELECT person, arrayJoin(identifiers) AS identifier FROM journeys FINAL
    ),
    inside AS
    (
        SELECT
            names.person AS person,
            names.identifier AS identifier,
            linked_to,
            rule,
            evidence,
            evidence_source,
            linked_at,
            count() OVER (PARTITION BY names.person, link) AS ends_of_person
        FROM names
        INNER JOIN ends ON names.identifier = ends.identifier
    ),
    split AS
    (
        SELECT
            (arrayJoin([(one, other), (other, one)]) AS pair).1 AS identifier,
            arrayStringConcat(arraySort(groupUniqArray(pair.2)), ', ') AS others
        FROM corrections
        WHERE type = 'identity_split'
        GROUP BY identifier
    ),
    guarded AS
    (
        -- What is held back is a person of its own, who says why.
        SELECT person, arrayStringConcat(guards, ', ') AS guard
        FROM
        (
            SELECT
                person,
                arrayFilter(issue -> issue IN ('over_degree_cap', 'over_person_cap', 'blocked_identifier', 'shared_device'), issues) AS guards
            FROM journeys FINAL
        )
        WHERE notEmpty(guards)
    )
SELECT
    names.person AS person,
    names.identifier AS identifier,
    substringIndex(names.identifier, ':', 1) AS kind,
    inside.linked_to AS linked_to,
    inside.rule AS rule,
    inside.evidence AS evidence,
    inside.evidence_source AS evidence_source,
    inside.linked_at AS linked_at,
    toBool(names.identifier IN (SELECT alone FROM corrections WHERE type = 'identity_blocked')) AS blocked,
    split.others AS splits,
    -- A shared device is on journeys of others; what is too large for one person holds back all of it.
    if(guarded.guard != '', guarded.guard, if(crowded.guard LIKE '%over_person_cap%', crowded.guard, '')) AS held_back
FROM names
LEFT JOIN (SELECT * FROM inside WHERE ends_of_person = 2) AS inside
    ON names.person = inside.person AND names.identifier = inside.identifier
LEFT JOIN split ON names.identifier = split.identifier
LEFT JOIN guarded ON names.identifier = guarded.person
LEFT JOIN guarded AS crowded ON names.person = crowded.person
COMMENT 'Why are these one person: each identifier of each living person, with the links that tie it to the others';
