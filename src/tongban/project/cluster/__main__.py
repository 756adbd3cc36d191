"""`python -m tongban.project.cluster`: see `trials.main`."""

import sys

from tongban.project.cluster.trials import main

sys.exit(main(sys.argv[1:]))
