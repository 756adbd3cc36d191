"""监察通报: the monthly bulletin of supervision, drafted from the figures, finished by hand, released and then frozen.

One document (`document`) with three renderings: the page, the PDF (`press`), the Word file (`word`). The figures come from
statistics and supervision and are never typed; what is typed stands in paragraphs of its own.
"""
