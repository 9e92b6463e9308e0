"""What is stored by the hash of an address no longer leads to customers who were forgotten before.

Revision ID: 0016
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"

# Their refusals, and what these brought to the ledgers of others, had the customer's number as their id.
REFUSED = """UPDATE refused_address SET message_id = gen_random_uuid()::text
              WHERE source = 'forget' AND message_id LIKE 'forget-%'"""
CONSENTS = """UPDATE consent SET message_id = gen_random_uuid()::text
               WHERE source = 'forget' AND message_id LIKE 'forget-%'"""
# As of who is forgotten now: what was certainly not sent counts for nobody, the rest counts on.
TOUCHES = """
WITH theirs AS MATERIALIZED (
  SELECT t.channel, t.hash, t.message_id,
         m.id IS NULL OR m.status IN ('sending', 'sent')
           OR (m.status <> 'failed' AND m.unknown_since IS NOT NULL) AS counts
    FROM address_touch t JOIN customer c ON c.id = t.customer_id AND c.forgotten_at IS NOT NULL
    LEFT JOIN message m ON m.id = t.message_id AND m.entered_on = t.entered_on),
gone AS (
  DELETE FROM address_touch t USING theirs r
   WHERE NOT r.counts AND t.channel = r.channel AND t.hash = r.hash AND t.message_id = r.message_id)
UPDATE address_touch t SET customer_id = 0, message_id = gen_random_uuid()
  FROM theirs r WHERE r.counts AND t.channel = r.channel AND t.hash = r.hash AND t.message_id = r.message_id"""


def upgrade() -> None:
    """Writes only rows of who was forgotten; nobody else's row is locked."""
    for statement in (REFUSED, CONSENTS, TOUCHES):
        op.execute(statement)
