"""What the private cluster is called and needs."""

OLDEST_MAJOR = 15
NAME = "tongban"
"""Role and database."""
EXTENSIONS = ("btree_gist", "ltree")
ROOM_TO_BEGIN = 400 * 2**20
ROOM_TO_GO_ON = 64 * 2**20
"""Bytes free on the disk below which a start is refused before it can fail halfway."""
PATIENCE = 60.0
"""Seconds a start may take; recovery after a crash included."""
