-- Which keyword, or other source, brings marketing qualified leads that sales finds invalid, and why?
-- by = keyword | campaign | channel: what a row is
-- from = 1970-01-01: first day of qualification
-- to = 2099-12-31: last day
-- limit = 50: number of rows
-- > mqls: leads that became marketing qualified
-- > answered: of these, the ones that sales answered
-- > invalid: of these, the ones that sales finds invalid
-- > nurture: of these, the ones that sales wants nurtured
-- > interested: of these, the ones that are interested
-- > convertible: of these, the ones that can be converted
-- > cooperating: of these, the ones that cooperate
-- > grade_unknown: of these, the ones with a grade that the policy does not know
-- > not_graded: of these, the ones without a grade
-- > invalid_share: invalid ones of those whose grade is known
-- > sales_qualified: of these, the ones that became sales qualified afterwards
-- > with_opportunity: of these, the ones that came to an opportunity
-- > with_won_deal: of these, the ones that came to a won deal
-- > tags_of_invalid: what sales says of the invalid ones most often, with how often
-- ~ bars: channel, keyword; mqls, invalid
SELECT
    channel,
    if({by:String} = 'channel', '', m.platform) AS platform,
    if({by:String} = 'channel', '', m.campaign) AS campaign,
    if({by:String} = 'keyword', m.ad_group, '') AS ad_group,
    if({by:String} = 'keyword', m.keyword, '') AS keyword,
    count() AS mqls,
    countIf(answers > 0) AS answered,
    countIf(grade = 'invalid') AS invalid,
    countIf(grade = 'nurture') AS nurture,
    countIf(grade = 'interested') AS interested,
    countIf(grade = 'convertible') AS convertible,
    countIf(grade = 'cooperating') AS cooperating,
    countIf(grade = '' AND grade_raw != '') AS grade_unknown,
    countIf(grade_raw = '') AS not_graded,
    round(invalid / nullIf(mqls - grade_unknown - not_graded, 0), 2) AS invalid_share,
    countIf(is_sales_qualified) AS sales_qualified,
    countIf(is_opportunity) AS with_opportunity,
    countIf(is_won) AS with_won_deal,
    arrayStringConcat(
        arrayMap(
            counted -> concat(counted.1, ' ', toString(counted.2)),
            arraySlice(
                arraySort(
                    counted -> (-counted.2, counted.1),
                    arrayMap(
                        tag -> (tag, countEqual(invalid_tags, tag)),
                        arrayDistinct(groupArrayArrayIf(splitByString(', ', m.tags), grade = 'invalid' AND m.tags != '') AS invalid_tags)
                    )
                ),
                1, 3
            )
        ),
        ', '
    ) AS tags_of_invalid
FROM mql_feedback AS m
WHERE day BETWEEN {from:Date} AND {to:Date}
GROUP BY channel, platform, campaign, ad_group, keyword
ORDER BY invalid DESC, mqls DESC, channel, platform, campaign, ad_group, keyword
LIMIT {limit:UInt32}
