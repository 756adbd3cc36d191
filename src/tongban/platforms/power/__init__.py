"""行政权力运行: licences, penalties and the other powers and services, as kinds of case."""
