"""JSON Schemas for every kind of file in `configs/`: editors use them to complete and check while typing."""

from kaskad.config.schema.kinds import FILE_KINDS, FileKind, build_json_schema, build_json_schemas
from kaskad.config.schema.names import ProjectNames, read_project_names

__all__ = ["FILE_KINDS", "FileKind", "ProjectNames", "build_json_schema", "build_json_schemas", "read_project_names"]
