"""事项编制: departments draft matters, the legal office reviews them, campaigns clean them up; a face, not the record.

The record is the registry's versions and the engine's flows. What is kept here is what is not a version yet.
"""
