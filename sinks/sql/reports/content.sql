-- Which article, event or other content, and which author, brought leads and deals?
-- limit = 50: number of rows
SELECT content, author, published, source, campaign, leads_first, leads_last, opportunities_first, won_first, revenue_first
FROM content_performance
ORDER BY revenue_first DESC, leads_first DESC, leads_last DESC, content, author, published, source, campaign
LIMIT {limit:UInt32}
