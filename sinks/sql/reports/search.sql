-- Which leads, accounts, deals, keywords and contents have this text in their name or number?
-- E-mail addresses and phone numbers are not stored, so that none is found by them: `leadtrace journey` takes them.
-- text: part of a company's, a deal's or a content's name, a keyword, an id in the CRM or of a deal, or a whole identifier
-- limit = 10: number of rows of each kind
-- > kind: lead, account, deal, keyword or content
-- > id: what it is named by elsewhere: person, account, deal, keyword or content
-- > person: the lead; empty of all others
-- > name: name for people: the company of a lead or an account, the name of a deal
-- > detail: of a lead and a deal, the stage; of a keyword, the platforms; of a content, the author
-- > place: how near it comes: 0 for the whole id or its last part, 1 for the whole name, 2 for how a name begins, 3 for all others
WITH lowerUTF8(trimBoth({text:String})) AS wanted
SELECT
    kind,
    id,
    if(kind = 'lead', id, '') AS person,
    name,
    detail,
    toUInt8(multiIf(
        has(ids, wanted) OR arrayExists(each -> endsWith(each, concat(':', wanted)), ids), 0,
        lowerUTF8(name) = wanted, 1,
        startsWithUTF8(lowerUTF8(name), wanted), 2,
        3
    )) AS place
FROM
(
    SELECT
        'lead' AS kind,
        person AS id,
        company AS name,
        stage AS detail,
        -- Nobody means a part of a token or of a browser's id.
        arrayMap(each -> lowerUTF8(each), splitByString(', ', identifiers)) AS ids,
        arrayFilter(each -> startsWith(each, 'crm:') OR startsWith(each, 'user:') OR each = wanted, ids) AS found_by
    FROM persons
    WHERE is_lead AND NOT is_internal
    UNION ALL
    SELECT 'account', account, company, '', [lowerUTF8(account)] AS ids, ids FROM accounts
    UNION ALL
    SELECT 'deal', deal, name, stage, [lowerUTF8(deal)] AS ids, ids FROM deals
    UNION ALL
    SELECT
        'keyword',
        keyword,
        keyword,
        arrayStringConcat(arraySort(groupUniqArrayIf(platform, platform != '')), ', '),
        [lowerUTF8(keyword)] AS ids,
        ids
    FROM
    (
        SELECT keyword, platform FROM touchpoints
        UNION ALL
        SELECT keyword, platform FROM ad_costs
    )
    WHERE NOT has(['', '(unallocated)'], keyword)
    GROUP BY keyword
    UNION ALL
    SELECT 'content', content, content, max(author), [lowerUTF8(content)] AS ids, ids
    FROM touchpoints
    WHERE content != ''
    GROUP BY content
)
WHERE wanted != ''
    AND (
        position(lowerUTF8(name), wanted) > 0
        OR arrayExists(each -> position(each, wanted) > 0, found_by)
    )
ORDER BY place, indexOf(['deal', 'lead', 'account', 'keyword', 'content'], kind), name, id
LIMIT {limit:UInt32} BY kind
