"""统计: facts projected from events into columnar files, measures declared once, figures that open their cases."""
