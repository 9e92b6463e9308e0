-- What was told of the messages that went: of each address, channel and message, of the first that went.
SELECT DISTINCT ON (address, channel, message) address, channel, message, sent_at, delivered_at, opened_at, clicked_at
  FROM message WHERE status = 'sent' AND mode = 'live' AND address IS NOT NULL
 ORDER BY address, channel, message, sent_at
