"""Lists of those who came to a salon, a fair or a webinar."""
