"""文书与档案: official documents of cases, their numbers, what became of results, and the archive of finished cases."""
