"""Lists of those who came to a salon, a fair or a webinar, called, fetched a document or left a card."""
