"""JSON Schema of every kind of file in `configs/`: editors complete and check with it as one types."""

from kaskad.config.schema.kinds import KINDS, Kind, schema, schemas
from kaskad.config.schema.names import Names, names_of

__all__ = ["KINDS", "Kind", "Names", "names_of", "schema", "schemas"]
