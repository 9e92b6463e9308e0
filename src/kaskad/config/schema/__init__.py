"""JSON Schema of every kind of file in `configs/`: editors complete and check with it as one types."""

from kaskad.config.schema.kinds import FILE_KINDS, FileKind, build_json_schema, build_json_schemas
from kaskad.config.schema.names import ProjectNames, read_project_names

__all__ = ["FILE_KINDS", "FileKind", "ProjectNames", "build_json_schema", "build_json_schemas", "read_project_names"]
