-- Why are these one person, and what was taken apart?
-- person: a person's id or any identifier, for example crm:hubspot:17
SELECT person, identifier, kind, linked_to, rule, evidence_source, linked_at, evidence, blocked, splits, held_back
FROM identities
WHERE person IN (SELECT person FROM journeys FINAL WHERE has(identifiers, {person:String}) OR person = {person:String})
ORDER BY person, identifier, linked_at, linked_to, evidence
