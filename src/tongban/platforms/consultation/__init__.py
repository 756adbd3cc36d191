"""网上咨询: a question about a matter, answered in a stated time; good answers become public."""
