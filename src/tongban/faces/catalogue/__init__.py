"""Matters in bulk (事项批量): workbooks taken in after a look at every row, and given out again."""
