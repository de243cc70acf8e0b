"""`python -m deployments.kareo_server` runs the stand-in for Kareo."""

import sys

from deployments.kareo_server.serve import main

if __name__ == "__main__":
    sys.exit(main())
