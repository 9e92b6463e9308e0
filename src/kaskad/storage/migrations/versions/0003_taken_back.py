"""What customers took back: contacts, and consents in words that nobody understood.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Withdrawals were kept in the words of their source, and only those that happened to be ours counted. The ledger of
# consents stays as it is: beside each such row stands, at the same time, the widest that it can mean. Where only the
# channel or the topic is odd, the purpose is the one it says. A topic of our own is one that is published; where
# nothing is published, a word of small letters.
WIDEST = """
WITH odd AS (
  SELECT *, coalesce(channel NOT IN ('push', 'email', 'webpush', 'viber', 'sms', 'call', 'whatsapp', 'telegram',
                                     'inapp'), false) AS odd_channel,
         coalesce(topic !~ '^[a-z0-9_]+$' OR NOT coalesce(
           (SELECT g.project -> 'topics' FROM config_generation g WHERE g.project IS NOT NULL LIMIT 1) ? topic, true),
           false) AS odd_topic,
         purpose NOT IN ('marketing', 'ads', 'profiling', 'calls') AS odd_purpose
    FROM consent WHERE NOT granted)
INSERT INTO consent (customer_id, purpose, channel, topic, granted, text_version, text_hash, source, message_id, at)
SELECT o.customer_id, p.purpose, CASE WHEN NOT o.odd_channel THEN o.channel END,
       CASE WHEN NOT o.odd_topic THEN o.topic END, false, o.text_version, o.text_hash, o.source, o.message_id, o.at
  FROM odd o JOIN unnest(ARRAY['marketing', 'ads', 'profiling', 'calls']) AS p(purpose)
    ON o.odd_purpose OR p.purpose = o.purpose
 WHERE o.odd_channel OR o.odd_topic OR o.odd_purpose
 ORDER BY o.id, p.purpose
"""


def upgrade() -> None:
    """Widens the withdrawals that stand, and adds whose word on a contact was the last (no row is rewritten).

    The contacts come last: nobody reads them while the column is added, and the consents take their time.
    """
    op.execute(WIDEST)
    op.add_column("contact", sa.Column("message_id", sa.Text(), server_default=sa.text("''"), nullable=False))
