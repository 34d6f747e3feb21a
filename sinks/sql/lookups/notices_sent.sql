-- What is remembered of each case that a notice was about: the newest that was sent, its end, and attempts that did not say how they went.
SELECT
    target,
    rule,
    about,
    argMaxIf(episode, at, state = 'sent') AS sent_episode,
    argMaxIf(size, at, state = 'sent') AS sent_size,
    maxOrNullIf(at, state = 'sent') AS sent_at,
    maxOrNullIf(at, state = 'over') AS over_at,
    groupArrayIf(attempt, state IN ('sent', 'failed')) AS ended,
    arraySort(arrayFilter(
        each -> NOT has(ended, each.1),
        groupArrayIf((attempt, episode, at), state = 'sending')
    )) AS attempts
FROM notices
GROUP BY target, rule, about
ORDER BY target, rule, about
