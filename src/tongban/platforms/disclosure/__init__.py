"""Disclosure 政府信息公开: documents read, catalogued, released and found. Requests for disclosure are another room."""
