"""The kit: every component a page is made of, with one Python signature each.

A component is a frozen dataclass that renders its own template; a page passes components to its template and writes
`{{ component }}`, or `{% ui component %}` where the component holds a form. The gallery at `/ui/` shows all of them.
Knows no government: what the city is called comes from `site.py`, everything else from the caller.
"""
