-- Receipts of messages that were sent within the time: for each address, channel and message, of the first one.
SELECT DISTINCT ON (address, channel, message) address, channel, message, sent_at, delivered_at, opened_at, clicked_at
  FROM message WHERE status = 'sent' AND mode = 'live' AND address IS NOT NULL
   AND sent_at >= %(since)s AND sent_at < %(until)s
 ORDER BY address, channel, message, sent_at
